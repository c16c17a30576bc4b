import WeirCore

/// The judge of a scheduler whose workers run many requests at once: as ``SchedulerModel``, all in plain dictionaries.
struct ProcessSchedulerModel {
    struct Waiting {
        var request: Int
        var lane: Int
        var ticket: TicketID
        var arrived: Instant
        var isReturned = false
    }

    struct Job {
        var request: Int
        var lane: Int
        var arrived: Instant
    }

    struct Worker {
        /// How long it has been warming up, less how long it has been cooling down: 0 to the slow start.
        var warmth = Nanoseconds.zero
        var isSuspended = false
        var isRetiring = false
        var jobs: [Int: Job] = [:]
    }

    let lanes: [LanePolicy]
    let places: Int
    let slowStart: Nanoseconds
    var limit: Int?
    private(set) var now = Instant.zero
    private(set) var workers: [Int: Worker] = [:]
    private(set) var waiting: [Waiting] = []
    private(set) var fault: String?
    private(set) var arrived = 0
    private(set) var completed = 0
    private(set) var interrupted = 0
    private(set) var cancelled = 0
    private(set) var shed = ShedCounts()
    /// Requests that went to a suspended worker, and to one that was not warm while another was.
    private(set) var toSuspended = 0
    private(set) var toFresh = 0

    init(lanes: [LanePolicy], places: Int, slowStart: Nanoseconds) {
        self.lanes = lanes
        self.places = places
        self.slowStart = slowStart
    }

    mutating func arrive(_ request: Int, lane: Int, now: Instant, answer: Arrival) {
        advance(to: now)
        arrived += 1
        judge(request, lane: lane, arrived: self.now, isReturned: false, answer)
    }

    mutating func arriveAgain(_ job: Job, now: Instant, answer: Arrival) {
        advance(to: now)
        arrived += 1
        judge(job.request, lane: job.lane, arrived: job.arrived, isReturned: true, answer)
    }

    private mutating func judge(
        _ request: Int, lane: Int, arrived: Instant, isReturned: Bool, _ answer: Arrival
    ) {
        let isOvertaking = !isReturned && inTime.contains { $0.lane == lane }
        let mayRun = mayRun(lane) && !isOvertaking && arrived + lanes[lane].timeout > now
        switch answer {
        case .dispatch(let place):
            check(mayRun, "dispatched out of turn")
            start(Job(request: request, lane: lane, arrived: arrived), at: place.index)
        case .wait(let ticket):
            check(!mayRun, "made to wait beside a free place")
            waiting.append(
                Waiting(request: request, lane: lane, ticket: ticket, arrived: arrived, isReturned: isReturned))
        case .shed(let answer):
            check(!mayRun, "shed beside a free place")
            shed[answer.reason] += 1
        }
    }

    mutating func add(_ worker: Int) {
        check(workers[worker] == nil, "added twice")
        workers[worker] = Worker()
    }

    mutating func retire(_ worker: Int, isOut: Bool) {
        check(isOut == (workers[worker]?.jobs.isEmpty ?? true), "let a busy worker out, or kept an idle one")
        workers[worker]?.isRetiring = true
        if isOut { workers[worker] = nil }
    }

    mutating func remove(_ worker: Int) {
        interrupted += workers[worker]?.jobs.count ?? 0
        workers[worker] = nil
    }

    mutating func suspend(_ worker: Int, _ isSuspended: Bool) { workers[worker]?.isSuspended = isSuspended }

    mutating func leave(_ place: Int, isCompleted: Bool) {
        guard workers[place / places]?.jobs.removeValue(forKey: place) != nil else { return }
        if isCompleted { completed += 1 } else { interrupted += 1 }
        if let worker = workers[place / places], worker.isRetiring, worker.jobs.isEmpty {
            workers[place / places] = nil
        }
    }

    mutating func cancel(_ ticket: TicketID, answer: Int?) {
        let index = waiting.firstIndex { $0.ticket == ticket }
        check(answer == index.map { waiting[$0].request }, "cancelled another request than the ticket's")
        if let index {
            waiting.remove(at: index)
            cancelled += 1
        }
    }

    mutating func expire(answer: [Int]) {
        let overdue = waiting.filter { !isInTime($0) }.map(\.request)
        check(answer.sorted() == overdue.sorted(), "expired others than the overdue")
        shed.timeout += overdue.count
        waiting.removeAll { overdue.contains($0.request) }
    }

    /// What was handed out, or that nothing was.
    mutating func next(_ answer: HandedOut?) {
        let eligible = inTime.filter { mayRun($0.lane) }
        guard let answer else { return check(eligible.isEmpty, "a request waits beside a place it may take") }
        guard let taken = eligible.first(where: { $0.request == answer.request }) else {
            return check(false, "ran a request that may not run")
        }
        let lane = eligible.filter { $0.lane == taken.lane }
        check(answer.lane == taken.lane && answer.waited == now - taken.arrived, "told the wrong lane or wait")
        check(lanes[taken.lane].priority == eligible.map { lanes[$0.lane].priority }.max(), "passed over a priority")
        check(taken.isReturned || !lane.contains(where: \.isReturned), "passed over one that came again")
        let oldest = lane.filter { $0.isReturned == taken.isReturned }.map(\.arrived).min()
        check(taken.arrived == oldest, "out of order of arrival")
        waiting.removeAll { $0.request == taken.request }
        start(Job(request: taken.request, lane: taken.lane, arrived: taken.arrived), at: answer.worker)
    }

    mutating func compare(_ snapshot: SchedulerSnapshot) {
        let running = workers.values.map(\.jobs.count).reduce(0, +)
        check(snapshot.queued == waiting.count && snapshot.running == running, "lost count")
        check(snapshot.completed == completed && snapshot.interrupted == interrupted, "lost a completion")
        check(snapshot.cancelled == cancelled && snapshot.shed == shed, "lost a departure")
        let left = completed + interrupted + cancelled + shed.timeout
        check(snapshot.accepted == waiting.count + running + left, "accepted does not add up")
        check(snapshot.accepted + shed.queueFull + shed.hopeless == arrived, "arrived does not add up")
        let free = candidates.values.map { places - $0.jobs.count }.reduce(0, +)
        check(snapshot.idle == free, "lost a free place")
        let live = workers.values.map { $0.isRetiring ? $0.jobs.count : places }.reduce(0, +)
        check(snapshot.live == live, "lost a place")
        for load in snapshot.outstanding {
            let known = workers[load.worker.index]
            check(known?.jobs.count == load.running, "lost count of a worker")
            check(known?.isRetiring == load.isRetiring && known?.isSuspended == load.isSuspended, "lost a state")
        }
        check(snapshot.outstanding.count == workers.count, "lost a worker")
        for (index, lane) in lanes.enumerated() {
            check(snapshot.lanes[index].running <= lane.concurrency ?? .max, "a lane above its concurrency")
        }
    }

    mutating func advance(to time: Instant) {
        let span = time - now
        now = max(now, time)
        for (number, worker) in workers {
            let warmth = worker.isSuspended ? worker.warmth - span : worker.warmth + span
            workers[number]?.warmth = min(max(warmth, .zero), slowStart)
        }
    }

    private mutating func start(_ job: Job, at place: Int) {
        let number = place / places
        guard let worker = workers[number] else { return check(false, "given to a worker that is not there") }
        check(!worker.isRetiring, "given to a worker that retires")
        check(worker.jobs.count < places, "a worker above its places")
        check(worker.jobs[place] == nil, "two requests at a place")
        check(candidates[number] != nil, "given to a suspended worker while another is well")
        let open = candidates.filter { $0.value.jobs.count < places }
        let least = open.values.map(load).min() ?? 0
        check(load(worker) <= least + 1e-9, "given to a worker that has more than another for its share")
        if open.values.allSatisfy({ $0.warmth == slowStart }) {
            let fewest = open.values.map(\.jobs.count).min() ?? 0
            check(worker.jobs.count == fewest, "all are warm, and another has fewer")
        }
        if worker.isSuspended { toSuspended += 1 }
        if worker.warmth < slowStart, open.values.contains(where: { $0.warmth == slowStart }) { toFresh += 1 }
        workers[number]?.jobs[place] = job
    }

    private func load(_ worker: Worker) -> Double {
        let share = slowStart == .zero ? 1 : 0.1 + 0.9 * worker.warmth.seconds / slowStart.seconds
        return Double(worker.jobs.count + 1) / share
    }

    private var inTime: [Waiting] { waiting.filter(isInTime) }

    private func isInTime(_ request: Waiting) -> Bool { request.arrived + lanes[request.lane].timeout > now }

    private var candidates: [Int: Worker] {
        let staying = workers.filter { !$0.value.isRetiring }
        let well = staying.filter { !$0.value.isSuspended }
        return well.isEmpty ? staying : well
    }

    private func mayRun(_ lane: Int) -> Bool {
        let jobs = workers.values.flatMap(\.jobs.values)
        return jobs.count < limit ?? .max && jobs.count { $0.lane == lane } < lanes[lane].concurrency ?? .max
            && candidates.values.contains { $0.jobs.count < places }
    }

    private mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds && fault == nil { fault = complaint() }
    }
}

import WeirCore

/// The scheduler done naively, as a judge: it keeps everything in plain arrays, searches them all at every step, and finds
/// fault with any answer that the promises do not allow.
struct SchedulerModel {
    struct Waiting {
        var request: Int
        var lane: Int
        var loop: Int
        var ticket: TicketID
        var arrived: Instant
        var deadline: Instant
    }

    struct Worker {
        var loop: Int
        var isRetiring = false
        var running: (request: Int, lane: Int, since: Instant)?
    }

    let lanes: [LanePolicy]
    let loops: Int
    let slack: Nanoseconds
    /// The latest time the scheduler was told.
    private var now = Instant.zero
    var waiting: [Waiting] = []
    var workers: [Int: Worker] = [:]
    var drains: [DrainRate]
    var started: Set<Int> = []
    var completed = 0
    var interrupted = 0
    var cancelled = 0
    var shed = ShedCounts()
    var arrived = 0
    var fault: String?

    init(lanes: [LanePolicy], loops: Int, slack: Nanoseconds) {
        self.lanes = lanes
        self.loops = loops
        self.slack = slack
        drains = lanes.map { _ in DrainRate() }
    }

    mutating func arrive(_ request: Int, lane: Int, loop: Int, now time: Instant, answer: Arrival) {
        now = max(now, time)
        arrived += 1
        let idle = workers.filter { $0.value.running == nil }
        let mayRun = !idle.isEmpty && hasRoom(lane) && inTime.allSatisfy { $0.lane != lane }
        let places = waiting.count { $0.lane == lane }
        let ahead = inTime.count { $0.lane == lane }
        let expected = drains[lane].expectedWait(ahead: ahead, workers: able(lane), now: now)
        let isHopeless = expected.map { $0 > lanes[lane].timeout } ?? false
        switch answer {
        case .dispatch(let worker):
            check(mayRun, "dispatched out of turn")
            check(idle[worker.index] != nil, "dispatched to a worker that is not idle")
            check(
                idle[worker.index]?.loop == loop || idle.values.allSatisfy { $0.loop != loop },
                "left an idle worker of its own loop")
            start(request, lane: lane, on: worker.index)
        case .wait(let ticket):
            check(!mayRun, "made to wait beside an idle worker")
            check(places < lanes[lane].limit, "queued beyond the limit")
            check(!isHopeless, "queued without hope")
            waiting.append(
                Waiting(
                    request: request, lane: lane, loop: loop, ticket: ticket, arrived: now,
                    deadline: now + lanes[lane].timeout))
        case .shed(let answer):
            check(!mayRun, "shed beside an idle worker")
            check((1...60).contains(answer.retryAfterSeconds), "Retry-After out of range")
            check(answer.reason == (places >= lanes[lane].limit ? .queueFull : .hopeless), "shed for no reason")
            check(places >= lanes[lane].limit || isHopeless, "shed though there is hope")
            shed[answer.reason] += 1
        }
    }

    mutating func add(_ worker: Int, loop: Int, now time: Instant, answer: HandedOut?) {
        now = max(now, time)
        check(workers[worker] == nil, "added twice")
        workers[worker] = Worker(loop: loop)
        judge(answer, from: worker)
    }

    mutating func finish(_ worker: Int, now time: Instant, answer: HandedOut?) {
        now = max(now, time)
        guard let job = workers[worker]?.running else { return }
        completed += 1
        drains[job.lane].record(now - job.since, now: now)
        workers[worker]?.running = nil
        if workers[worker]?.isRetiring == true {
            workers[worker] = nil
            judge(answer, lane: job.lane)
        } else {
            judge(answer, from: worker)
        }
    }

    mutating func remove(_ worker: Int, now time: Instant, answer: HandedOut?) {
        now = max(now, time)
        let job = workers.removeValue(forKey: worker)?.running
        if job != nil { interrupted += 1 }
        judge(answer, lane: job?.lane)
    }

    mutating func retire(_ worker: Int, isOut: Bool) {
        check(isOut == (workers[worker]?.running == nil), "retired a busy worker, or kept an idle one")
        if isOut { workers[worker] = nil } else { workers[worker]?.isRetiring = true }
    }

    mutating func cancel(_ ticket: TicketID, answer: Int?) {
        let index = waiting.firstIndex { $0.ticket == ticket }
        check(answer == index.map { waiting[$0].request }, "cancelled another request than the ticket's")
        if let index {
            waiting.remove(at: index)
            cancelled += 1
        }
    }

    mutating func expire(now time: Instant, answer: [Int]) {
        now = max(now, time)
        let overdue = waiting.filter { $0.deadline <= now }.map(\.request)
        check(answer.sorted() == overdue.sorted(), "expired others than the overdue")
        shed.timeout += overdue.count
        waiting.removeAll { $0.deadline <= now }
    }

    mutating func compare(_ snapshot: SchedulerSnapshot) {
        let running = workers.values.compactMap(\.running)
        check(snapshot.queued == waiting.count && snapshot.running == running.count, "lost count")
        check(snapshot.live == workers.count && snapshot.idle == workers.count - running.count, "lost a worker")
        check(snapshot.completed == completed && snapshot.interrupted == interrupted, "lost a completion")
        check(snapshot.cancelled == cancelled && snapshot.shed == shed, "lost a departure")
        check(
            snapshot.accepted == waiting.count + running.count + completed + cancelled + interrupted + shed.timeout,
            "accepted does not add up")
        check(snapshot.accepted + shed.queueFull + shed.hopeless == arrived, "arrived does not add up")
        for (index, lane) in lanes.enumerated() {
            check(snapshot.lanes[index].queued == waiting.count { $0.lane == index }, "lost count of a lane")
            check(snapshot.lanes[index].queued <= lane.limit, "queued beyond the limit")
            check(snapshot.lanes[index].running <= lane.concurrency ?? .max, "a lane above its concurrency")
        }
    }

    private var inTime: [Waiting] { waiting.filter { $0.deadline > now } }

    private func hasRoom(_ lane: Int) -> Bool {
        workers.values.count { $0.running?.lane == lane } < lanes[lane].concurrency ?? .max
    }

    private func able(_ lane: Int) -> Int { min(lanes[lane].concurrency ?? .max, workers.count) }

    /// What a worker that became able to work was given.
    private mutating func judge(_ answer: HandedOut?, from worker: Int) {
        let eligible = inTime.filter { hasRoom($0.lane) }
        guard let answer else { return check(eligible.isEmpty, "a worker idles while a request may run") }
        check(answer.worker == worker, "handed to another worker")
        guard let taken = taken(answer, among: eligible) else { return }
        let oldest = eligible.map(\.arrived).min() ?? now
        check(taken.arrived - oldest <= slack, "the oldest was passed over by more than the slack")
        let ownOldest = eligible.filter { $0.loop == workers[worker]?.loop }.map(\.arrived).min()
        if let ownOldest, ownOldest - oldest <= slack {
            check(taken.arrived == ownOldest, "crossed loops without need")
        }
        start(answer.request, lane: answer.lane, on: worker)
    }

    /// What was handed to an idle worker because a lane's room was freed by one that left.
    private mutating func judge(_ answer: HandedOut?, lane: Int?) {
        let isIdle = workers.values.contains { $0.running == nil }
        let eligible = isIdle ? inTime.filter { $0.lane == lane && hasRoom($0.lane) } : []
        guard let answer else { return check(eligible.isEmpty, "a freed room stays empty") }
        check(workers[answer.worker].map { $0.running == nil } ?? false, "handed to a worker that is not idle")
        guard taken(answer, among: eligible) != nil else { return }
        start(answer.request, lane: answer.lane, on: answer.worker)
    }

    private mutating func taken(_ answer: HandedOut, among eligible: [Waiting]) -> Waiting? {
        guard let taken = eligible.first(where: { $0.request == answer.request }) else {
            check(false, "ran a request that may not run")
            return nil
        }
        // `waiting` is in order of arrival.
        let first = eligible.first { $0.lane == taken.lane && $0.loop == taken.loop }
        check(first?.request == taken.request, "out of order within a lane and loop")
        check(answer.lane == taken.lane && answer.waited == now - taken.arrived, "told the wrong lane or wait")
        waiting.removeAll { $0.request == taken.request }
        return taken
    }

    private mutating func start(_ request: Int, lane: Int, on worker: Int) {
        check(started.insert(request).inserted, "ran a request twice")
        check(workers[worker].map { $0.running == nil } ?? false, "a worker runs two")
        workers[worker]?.running = (request, lane, now)
    }

    private mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds && fault == nil { fault = complaint() }
    }
}

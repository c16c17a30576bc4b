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
        var isReturned = false
    }

    struct Worker {
        var loop: Int
        var isRetiring = false
        var running: (request: Int, lane: Int, since: Instant, arrived: Instant)?
    }

    let lanes: [LanePolicy]
    let loops: Int
    let slack: Nanoseconds
    /// The latest time the scheduler was told.
    private(set) var now = Instant.zero
    var limit: Int?
    var waiting: [Waiting] = []
    var workers: [Int: Worker] = [:]
    var drains: [DrainRate]
    var drain = DrainRate()
    var shares: ShareModel
    var started: Set<Int> = []
    var completed = 0
    var interrupted = 0
    var retried = 0
    var newestFirst = 0
    var cancelled = 0
    var shed = ShedCounts()
    var arrived = 0
    var fault: String?

    init(lanes: [LanePolicy], loops: Int, slack: Nanoseconds) {
        self.lanes = lanes
        self.loops = loops
        self.slack = slack
        drains = lanes.map { _ in DrainRate() }
        shares = ShareModel(lanes: lanes)
    }

    mutating func arrive(_ request: Int, lane: Int, loop: Int, now time: Instant, answer: Arrival) {
        advance(to: time)
        arrived += 1
        let idle = workers.filter { $0.value.running == nil }
        let mayRun = !idle.isEmpty && hasRoom(lane) && limitAllows && inTime.allSatisfy { $0.lane != lane }
        let places = waiting.count { $0.lane == lane }
        let ahead = inTime.count { $0.lane == lane }
        let expected = drains[lane].expectedWait(ahead: ahead, workers: able(lane), now: now)
        let turnsRound = lanes[lane].newestFirstAfter.map { $0 < lanes[lane].timeout } ?? false
        let isHopeless = !turnsRound && (expected.map { $0 > lanes[lane].timeout } ?? false)
        switch answer {
        case .dispatch(let worker):
            check(mayRun, "dispatched out of turn")
            check(idle[worker.index] != nil, "dispatched to a worker that is not idle")
            check(
                idle[worker.index]?.loop == loop || idle.values.allSatisfy { $0.loop != loop },
                "left an idle worker of its own loop")
            start(request, lane: lane, arrived: now, on: worker.index)
        case .wait(let ticket):
            check(!mayRun, "made to wait beside an idle worker")
            check(places < lanes[lane].limit, "queued beyond the limit")
            check(!isHopeless, "queued without hope")
            wait(
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

    /// A request that ran on a worker that died.
    mutating func arriveAgain(
        _ request: Int, lane: Int, loop: Int, arrived: Instant, now time: Instant, answer: Arrival
    ) {
        advance(to: time)
        retried += 1
        self.arrived += 1
        let deadline = arrived + lanes[lane].timeout
        let idle = workers.filter { $0.value.running == nil }
        let mayRun = deadline > now && !idle.isEmpty && hasRoom(lane) && limitAllows
        started.remove(request)
        switch answer {
        case .dispatch(let worker):
            check(mayRun && idle[worker.index] != nil, "dispatched again out of turn")
            start(request, lane: lane, arrived: arrived, on: worker.index)
        case .wait(let ticket):
            check(!mayRun && deadline > now, "made to wait again for no reason")
            wait(
                Waiting(
                    request: request, lane: lane, loop: loop, ticket: ticket, arrived: arrived, deadline: deadline,
                    isReturned: true))
        case .shed(let answer):
            check(deadline <= now && answer.reason == .timeout, "shed though it came again in time")
            shed.timeout += 1
        }
    }

    /// After the limit was changed.
    mutating func nextRunnable(now time: Instant, answer: HandedOut?) {
        advance(to: time)
        judgeRoom(answer)
    }

    mutating func add(_ worker: Int, loop: Int, now time: Instant, answer: HandedOut?) {
        advance(to: time)
        check(workers[worker] == nil, "added twice")
        workers[worker] = Worker(loop: loop)
        judge(answer, from: worker)
    }

    mutating func finish(_ worker: Int, now time: Instant, answer: HandedOut?) {
        advance(to: time)
        guard let job = workers[worker]?.running else { return }
        completed += 1
        drains[job.lane].record(now - job.since, now: now)
        drain.record(now - job.since, now: now)
        shares.ends(job.lane, hasRoom: hasRoom(job.lane))
        workers[worker]?.running = nil
        if workers[worker]?.isRetiring == true {
            workers[worker] = nil
            judgeRoom(answer)
        } else {
            judge(answer, from: worker)
        }
    }

    mutating func remove(_ worker: Int, now time: Instant, answer: HandedOut?) {
        advance(to: time)
        guard let job = workers[worker]?.running else {
            workers[worker] = nil
            return check(answer == nil, "an idle worker left room")
        }
        shares.ends(job.lane, hasRoom: hasRoom(job.lane))
        workers[worker] = nil
        interrupted += 1
        judgeRoom(answer)
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
        advance(to: time)
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
        check(snapshot.retried == retried && snapshot.lanes.map(\.retried).reduce(0, +) == retried, "lost a retry")
        check(snapshot.concurrencyLimit == limit, "told another limit")
        check(
            snapshot.accepted == waiting.count + running.count + completed + cancelled + interrupted + shed.timeout,
            "accepted does not add up")
        check(snapshot.accepted + shed.queueFull + shed.hopeless == arrived, "arrived does not add up")
        for (index, lane) in lanes.enumerated() {
            check(snapshot.lanes[index].queued == waiting.count { $0.lane == index }, "lost count of a lane")
            let returned = waiting.count { $0.lane == index && $0.isReturned }
            check(snapshot.lanes[index].queued <= lane.limit + returned, "queued beyond the limit")
            check(snapshot.lanes[index].running <= lane.concurrency ?? .max, "a lane above its concurrency")
        }
    }

    var inTime: [Waiting] { waiting.filter { $0.deadline > now } }

    private var limitAllows: Bool { workers.values.count { $0.running != nil } < limit ?? .max }

    private mutating func advance(to time: Instant) {
        let next = max(now, time)
        shares.elapse(next - now, running: workers.values.compactMap(\.running).map(\.lane))
        now = next
    }

    private func hasRoom(_ lane: Int) -> Bool {
        workers.values.count { $0.running?.lane == lane } < lanes[lane].concurrency ?? .max
    }

    private func able(_ lane: Int) -> Int { min(lanes[lane].concurrency ?? .max, workers.count, limit ?? .max) }

    private mutating func wait(_ request: Waiting) {
        shares.waits(request.lane, beside: Set(inTime.map(\.lane)))
        waiting.append(request)
    }

    /// What a worker that became able to work was given.
    private mutating func judge(_ answer: HandedOut?, from worker: Int) {
        let eligible = limitAllows ? inTime.filter { hasRoom($0.lane) } : []
        guard let answer else { return check(eligible.isEmpty, "a worker idles while a request may run") }
        check(answer.worker == worker, "handed to another worker")
        take(answer, among: eligible, for: workers[worker]?.loop)
    }

    /// What was handed to an idle worker because room was made: by one that left, or by a raised limit.
    private mutating func judgeRoom(_ answer: HandedOut?) {
        let isIdle = workers.values.contains { $0.running == nil }
        let eligible = isIdle && limitAllows ? inTime.filter { hasRoom($0.lane) } : []
        guard let answer else { return check(eligible.isEmpty, "a freed room stays empty") }
        check(workers[answer.worker].map { $0.running == nil } ?? false, "handed to a worker that is not idle")
        take(answer, among: eligible, for: nil)
    }

    private mutating func take(_ answer: HandedOut, among eligible: [Waiting], for loop: Int?) {
        guard let taken = eligible.first(where: { $0.request == answer.request }) else {
            return check(false, "ran a request that may not run")
        }
        check(answer.lane == taken.lane && answer.waited == now - taken.arrived, "told the wrong lane or wait")
        judgeLane(taken.lane, among: Set(eligible.map(\.lane)))
        judgeOrder(taken, among: eligible.filter { $0.lane == taken.lane }, for: loop)
        waiting.removeAll { $0.request == taken.request }
        start(answer.request, lane: answer.lane, arrived: taken.arrived, on: answer.worker)
    }

    private mutating func judgeLane(_ taken: Int, among eligible: Set<Int>) {
        let highest = eligible.map { lanes[$0].priority }.max()
        check(lanes[taken].priority == highest, "passed over a higher priority")
        let expected = drain.meanServiceTime ?? Nanoseconds(1)
        let tags = eligible.filter { lanes[$0].priority == highest }.map { lane in
            let running = workers.values.count { $0.running?.lane == lane }
            return (lane, shares.tag(lane, running: running, expected: drains[lane].meanServiceTime ?? expected))
        }
        let least = tags.map(\.1).min() ?? 0
        check(tags.contains { $0.0 == taken && $0.1 <= least + 1 }, "passed over a lane that has had less")
    }

    private mutating func judgeOrder(_ taken: Waiting, among lane: [Waiting], for loop: Int?) {
        if let returned = lane.filter(\.isReturned).map(\.arrived).min() {
            return check(taken.isReturned && taken.arrived == returned, "passed over one that came again")
        }
        let oldest = lane.map(\.arrived).min() ?? now
        let newest = lane.map(\.arrived).max() ?? now
        let ownLoop = lane.filter { $0.loop == loop }
        // `waiting` is in order of arrival.
        let list = lane.filter { $0.loop == taken.loop }
        if let target = lanes[taken.lane].newestFirstAfter, now - oldest > target {
            newestFirst += 1
            check(newest - taken.arrived <= slack, "the newest was passed over by more than the slack")
            check(list.last?.request == taken.request, "out of reverse order within a lane and loop")
            if let own = ownLoop.last?.arrived, newest - own <= slack {
                check(taken.arrived == own, "crossed loops without need")
            }
        } else {
            check(taken.arrived - oldest <= slack, "the oldest was passed over by more than the slack")
            check(list.first?.request == taken.request, "out of order within a lane and loop")
            if let own = ownLoop.first?.arrived, own - oldest <= slack {
                check(taken.arrived == own, "crossed loops without need")
            }
        }
    }

    private mutating func start(_ request: Int, lane: Int, arrived: Instant, on worker: Int) {
        check(started.insert(request).inserted, "ran a request twice")
        check(workers[worker].map { $0.running == nil } ?? false, "a worker runs two")
        shares.starts(lane, running: workers.values.count { $0.running?.lane == lane })
        workers[worker]?.running = (request, lane, now, arrived)
    }

    private mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds && fault == nil { fault = complaint() }
    }
}

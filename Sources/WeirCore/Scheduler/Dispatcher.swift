/// The decisions of ``Scheduler``, on slots and numbers instead of requests: not generic, so it is compiled once and for
/// speed, and a request itself is touched only when it enters the queue and when it leaves.
///
/// Lanes share the workers. No waiting request is left while a worker is idle, its lane has room and the app's limit allows,
/// so a worker that becomes able to work decides everything: it takes a waiting request now, or there is none that may
/// run. Only a raised limit makes room for several at once: ``nextRunnable(now:)`` hands them out one by one.
package struct Dispatcher {
    package struct Assignment {
        package let worker: WorkerID
        package let slot: Int
        package let lane: Int
        package let waited: Nanoseconds
    }

    struct Lane {
        let policy: LanePolicy
        let concurrency: Int
        /// The target delay lies before the deadline. So a queue that grows old turns round, and a new arrival has hope
        /// however many wait before it.
        let turnsRound: Bool
        var waiting = 0
        /// Past their deadline, not yet reported by ``Scheduler/expire(now:_:)``. They hold their places until then.
        var overdue = 0
        var running = 0
        var retried = 0
        var drain = DrainRate()
        var share: LaneShare
        var shed = ShedCounts()

        init(_ policy: LanePolicy) {
            self.policy = policy
            concurrency = policy.concurrency ?? .max
            turnsRound = policy.newestFirstAfter.map { $0 < policy.timeout } ?? false
            share = LaneShare(weight: policy.weight)
        }

        var hasRoom: Bool { running < concurrency }
    }

    /// What a client is told to wait when nothing is known but that no worker starts.
    static let unavailableRetryAfterSeconds = 5

    package var isAvailable = true
    /// nil: as many as there are workers.
    package var concurrencyLimit: Int? {
        didSet {
            precondition((concurrencyLimit ?? 1) >= 1, "an app that may run nothing would never answer")
            mostRunning = concurrencyLimit ?? .max
        }
    }
    private var mostRunning = Int.max

    let loops: Int
    let affinitySlack: Nanoseconds
    var lanes: [Lane]
    var room: WaitingRoom
    /// ``Balance/leastOutstanding(placesPerWorker:slowStart:)``: `processes` has the workers, else `roster`.
    let spreadsRequests: Bool
    var roster: WorkerRoster
    var processes: ProcessRoster
    /// By priority: the largest share a lane had attained when it started a request. See ``LaneShare``.
    var levels = Array(repeating: 0.0, count: LanePolicy.Priority.allCases.count)
    var drain = DrainRate()
    var tally = Tally()
    /// Event loops read their clocks before they get here, so `now` may run a little backwards between calls.
    private var clock = Instant.zero

    package init(lanes policies: [LanePolicy], loops: Int, affinitySlack: Nanoseconds, balance: Balance) {
        precondition(!policies.isEmpty && loops >= 1, "a scheduler needs a lane and a loop")
        self.loops = loops
        self.affinitySlack = affinitySlack
        lanes = policies.map { Lane($0) }
        // One list a lane and loop, one a lane for those that come again, and the last for the overdue.
        room = WaitingRoom(lists: policies.count * (loops + 1) + 1, reserving: 64)
        roster = WorkerRoster(loops: loops)
        switch balance {
        case .byLoop:
            spreadsRequests = false
            processes = ProcessRoster(placesPerWorker: 1, slowStart: .zero)
        case .leastOutstanding(let placesPerWorker, let slowStart):
            spreadsRequests = true
            processes = ProcessRoster(placesPerWorker: placesPerWorker, slowStart: slowStart)
        }
    }

    package mutating func arrive(lane: Int, loop: Int, now: Instant) -> Arrival {
        let now = advance(to: now)
        guard isAvailable else {
            return shed(lane, .unavailable, retryAfter: Self.unavailableRetryAfterSeconds)
        }
        if lanes[lane].waiting > 0 { setOverdueAside(lane, now: now) }
        if lanes[lane].waiting == 0, lanes[lane].hasRoom, limitAllows, let worker = idleWorker(for: loop, now: now) {
            start(worker, lane: lane, now: now)
            tally.accepted += 1
            return .dispatch(worker)
        }
        let policy = lanes[lane].policy
        guard lanes[lane].waiting + lanes[lane].overdue < policy.limit else {
            return shed(lane, .queueFull, retryAfter: retryAfter(lane))
        }
        if !lanes[lane].turnsRound,
            let wait = lanes[lane].drain.expectedWait(
                ahead: lanes[lane].waiting, workers: workers(for: lane), now: now),
            wait > policy.timeout
        {
            return shed(lane, .hopeless, retryAfter: retryAfter(lane))
        }
        tally.accepted += 1
        return .wait(enqueue(list(lane, loop), lane: lane, loop: loop, arrived: now, now: now))
    }

    /// A request whose worker died before it answered. It has waited before, so it goes ahead of its lane, beyond the
    /// queue's limit if need be, and its deadline is still that of its first arrival.
    package mutating func arriveAgain(lane: Int, loop: Int, arrived: Instant, now: Instant) -> Arrival {
        let now = advance(to: now)
        tally.retried += 1
        lanes[lane].retried += 1
        guard isAvailable else {
            return shed(lane, .unavailable, retryAfter: Self.unavailableRetryAfterSeconds)
        }
        tally.accepted += 1
        guard arrived + lanes[lane].policy.timeout > now else {
            return shed(lane, .timeout, retryAfter: retryAfter(lane))
        }
        if lanes[lane].waiting > 0 { setOverdueAside(lane, now: now) }
        if lanes[lane].hasRoom, limitAllows, let worker = idleWorker(for: loop, now: now) {
            start(worker, lane: lane, now: now)
            return .dispatch(worker)
        }
        return .wait(enqueue(listOfReturned(lane), lane: lane, loop: loop, arrived: min(arrived, now), now: now))
    }

    /// What the limits allow now and did not before; nil when every worker that may work does.
    package mutating func nextRunnable(now: Instant) -> Assignment? { fillRoom(now: advance(to: now)) }

    package mutating func addWorker(_ worker: WorkerID, loop: Int, now: Instant) -> Assignment? {
        if spreadsRequests { return addProcess(worker, now: advance(to: now)) }
        roster.add(worker, loop: loop)
        return next(for: worker, now: advance(to: now))
    }

    /// What was told of a worker that is gone already is old news and changes nothing.
    package mutating func finished(_ worker: WorkerID, now: Instant) -> Assignment? {
        let now = advance(to: now)
        guard let work = spreadsRequests ? processes.work(of: worker) : roster.work(of: worker) else { return nil }
        end(in: work.lane, now: now)
        lanes[work.lane].drain.record(now - work.since, now: now)
        drain.record(now - work.since, now: now)
        tally.completed += 1
        tally.busy = tally.busy + (now - work.since)
        if spreadsRequests { processes.noteAnswer(at: worker, now: now) }
        return leave(worker, now: now)
    }

    /// Says nothing of how long a request takes.
    package mutating func lost(_ worker: WorkerID, now: Instant) -> Assignment? {
        let now = advance(to: now)
        guard let work = spreadsRequests ? processes.work(of: worker) : roster.work(of: worker) else { return nil }
        end(in: work.lane, now: now)
        tally.interrupted += 1
        return leave(worker, now: now)
    }

    /// It has no request any more.
    private mutating func leave(_ worker: WorkerID, now: Instant) -> Assignment? {
        if spreadsRequests { return leavePlace(worker, now: now) }
        guard roster.isRetiring(worker) else { return next(for: worker, now: now) }
        roster.remove(worker)
        return fillRoom(now: now)
    }

    /// Gives the worker no further request. True when it had none and is out already; otherwise it is out once finished.
    package mutating func retireWorker(_ worker: WorkerID) -> Bool {
        if spreadsRequests { return processes.retire(worker) }
        if roster.isIdle(worker) { roster.remove(worker) }
        guard roster.work(of: worker) != nil else { return true }
        roster.retireAfterThis(worker)
        return false
    }

    package mutating func removeWorker(_ worker: WorkerID, now: Instant) -> Assignment? {
        let now = advance(to: now)
        if spreadsRequests { return removeProcess(worker, now: now) }
        if roster.isIdle(worker) { roster.remove(worker) }
        guard let work = roster.work(of: worker) else { return nil }
        end(in: work.lane, now: now)
        tally.interrupted += 1
        roster.remove(worker)
        return fillRoom(now: now)
    }

    /// The slot that the ticket has left; nil when it was no longer queued.
    package mutating func cancel(_ ticket: TicketID) -> Int? {
        guard let slot = room.find(ticket) else { return nil }
        leaveQueue(slot)
        tally.cancelled += 1
        return slot
    }

    /// One request whose deadline has passed; nil when there is none left.
    package mutating func nextExpired(now: Instant) -> (slot: Int, shed: Shed)? {
        let now = advance(to: now)
        if room.head(of: overdueList) == nil {
            for lane in lanes.indices where lanes[lane].waiting > 0 { setOverdueAside(lane, now: now) }
        }
        guard let slot = room.head(of: overdueList) else { return nil }
        let lane = Int(room[slot].lane)
        leaveQueue(slot)
        lanes[lane].shed.timeout += 1
        return (slot, Shed(reason: .timeout, retryAfterSeconds: retryAfter(lane)))
    }

    /// One request that waits, overdue or not; nil when the queue is empty.
    package mutating func nextTurnedAway() -> (slot: Int, shed: Shed)? {
        var first: Int?
        for list in 0...overdueList where first == nil { first = room.head(of: list) }
        guard let slot = first else { return nil }
        let lane = Int(room[slot].lane)
        leaveQueue(slot)
        tally.turnedAway += 1
        lanes[lane].shed.unavailable += 1
        return (slot, Shed(reason: .unavailable, retryAfterSeconds: Self.unavailableRetryAfterSeconds))
    }

    /// Requests that all workers together can run.
    var live: Int { spreadsRequests ? processes.live : roster.live }

    private func idleWorker(for loop: Int, now: Instant) -> WorkerID? {
        spreadsRequests ? processes.leastOutstanding(now: now) : roster.idleWorker(for: loop)
    }

    /// The app may run one more.
    var limitAllows: Bool { tally.running < mostRunning }

    mutating func start(_ worker: WorkerID, lane: Int, now: Instant) {
        if sharesWorkers { countStart(of: lane, now: now) }
        if spreadsRequests {
            processes.start(worker, lane: lane, now: now)
        } else {
            roster.start(worker, lane: lane, now: now)
        }
        lanes[lane].running += 1
        tally.running += 1
        tally.maxRunning = max(tally.maxRunning, tally.running)
    }

    mutating func end(in lane: Int, now: Instant) {
        if sharesWorkers { countEnd(of: lane, now: now) }
        lanes[lane].running -= 1
        tally.running -= 1
    }

    private mutating func enqueue(_ list: Int, lane: Int, loop: Int, arrived: Instant, now: Instant) -> TicketID {
        if sharesWorkers, lanes[lane].waiting == 0 { joinThoseThatWait(lane, now: now) }
        let deadline = arrived + lanes[lane].policy.timeout
        lanes[lane].waiting += 1
        tally.queued += 1
        tally.maxQueued = max(tally.maxQueued, tally.queued)
        return room.enter(list, lane: lane, loop: loop, arrived: arrived, deadline: deadline)
    }

    mutating func leaveQueue(_ slot: Int) {
        let lane = Int(room[slot].lane)
        if Int(room[slot].list) == overdueList { lanes[lane].overdue -= 1 } else { lanes[lane].waiting -= 1 }
        room.remove(slot)
        tally.queued -= 1
    }

    private mutating func shed(_ lane: Int, _ reason: Shed.Reason, retryAfter: Int) -> Arrival {
        lanes[lane].shed[reason] += 1
        return .shed(Shed(reason: reason, retryAfterSeconds: retryAfter))
    }

    private func retryAfter(_ lane: Int) -> Int {
        lanes[lane].drain.retryAfter(waiting: lanes[lane].waiting, workers: workers(for: lane))
    }

    private func workers(for lane: Int) -> Int { min(lanes[lane].concurrency, live, mostRunning) }

    mutating func advance(to now: Instant) -> Instant {
        clock = max(clock, now)
        return clock
    }
}

@testable import WeirCore

/// Puts the queue and the pool together as the server's gateway does, down to the order of the calls, for one virtual
/// thread. Looks at every request that is handed out: nobody but an idle worker that is there and stays may get it.
struct SimulatedGateway: ~Copyable {
    typealias Next = Scheduler<Int>.Next

    /// What is to be carried out.
    struct Consequences {
        var starts: [(request: Int, pid: Int32)] = []
        var actions: [PoolAction] = []
    }

    var scheduler: Scheduler<Int>
    var pool: PoolStateMachine
    var canary: Canary?
    private(set) var fault: String?
    /// The process whose connection serves under a number.
    private(set) var connected: [Int32?] = []

    init(_ configuration: PoolConfiguration, lanes: [LanePolicy], loops: Int, seed: UInt64) {
        scheduler = Scheduler(lanes: lanes, loops: loops)
        pool = PoolStateMachine(configuration, seed: seed)
    }

    // MARK: Requests

    mutating func submit(_ request: Int, lane: Int, loop: Int, now: Instant) -> (Arrival, Consequences) {
        var consequences = Consequences()
        let arrival = scheduler.arrive(request, lane: lane, loop: loop, now: now)
        if case .dispatch(let worker) = arrival { start(request, on: worker, now: now, &consequences) }
        return (arrival, consequences)
    }

    /// Its worker died. Before that worker is removed, so that the room it leaves goes to this request.
    mutating func submitAgain(
        _ request: Int, lane: Int, loop: Int, arrived: Instant, now: Instant
    ) -> (Arrival, Consequences) {
        var consequences = Consequences()
        let arrival = scheduler.arriveAgain(request, lane: lane, loop: loop, arrived: arrived, now: now)
        if case .dispatch(let worker) = arrival { start(request, on: worker, now: now, &consequences) }
        return (arrival, consequences)
    }

    mutating func shedOverdue(now: Instant) -> [(request: Int, shed: Shed)] {
        var turnedAway: [(Int, Shed)] = []
        if canary != .neverShedsOverdue { scheduler.expire(now: now) { turnedAway.append(($0, $1)) } }
        if !scheduler.isAvailable { scheduler.shedQueued { turnedAway.append(($0, $1)) } }
        return turnedAway
    }

    // MARK: Workers

    /// nil: it is not the one that is expected, and is not wanted.
    mutating func add(_ worker: WorkerID, pid: Int32, loop: Int, now: Instant) -> Consequences? {
        let expected = pool.workers[worker.index]
        guard expected.isStarting && expected.pid == pid else { return nil }
        var consequences = Consequences()
        while connected.count <= worker.index { connected.append(nil) }
        if let other = connected[worker.index] {
            complain("pid \(pid) was added as worker \(worker.index), which is pid \(other)")
            return nil
        }
        connected[worker.index] = pid
        consequences.actions = pool.workerReady(worker, now: now)
        setAvailability()
        hand(out: scheduler.addWorker(worker, loop: loop, now: now), now: now, &consequences)
        return consequences
    }

    mutating func finished(_ worker: WorkerID, pid: Int32, now: Instant) -> Consequences {
        var consequences = Consequences()
        guard connected[worker.index] == pid else { return consequences }
        consequences.actions = pool.requestFinished(worker, now: now)
        for leaving in consequences.actions.compactMap(\.retired) where canary != .forgetsRetirementAfterRequest {
            _ = scheduler.retireWorker(leaving)
        }
        hand(out: scheduler.finished(worker, now: now), now: now, &consequences)
        return consequences
    }

    mutating func remove(_ worker: WorkerID, pid: Int32, now: Instant) -> Consequences {
        var consequences = Consequences()
        guard let present = process(of: worker), present == pid || canary == .removesByNumber else {
            return consequences
        }
        connected[worker.index] = nil
        hand(out: scheduler.removeWorker(worker, now: now), now: now, &consequences)
        return consequences
    }

    func process(of worker: WorkerID) -> Int32? {
        worker.index < connected.count ? connected[worker.index] : nil
    }

    // MARK: The pool

    /// Workers that could take a request, as the pool sees it.
    var idle: Int {
        var count = 0
        for number in 0..<connected.count {
            guard let pid = connected[number], pool.workers[number].isReady else { continue }
            if pool.workers[number].pid == pid { count += 1 }
        }
        return count
    }

    mutating func decidePool(
        now: Instant, _ body: (inout PoolStateMachine, _ queued: Int) -> [PoolAction]
    ) -> Consequences {
        let actions = body(&pool, scheduler.dispatcher.tally.queued)
        for action in actions {
            switch action {
            case .retire where canary == .forgetsRetirement: break
            case .kill where canary == .forgetsKill: break
            case .retire(let leaving), .kill(let leaving, _): _ = scheduler.retireWorker(leaving)
            default: break
            }
        }
        setAvailability()
        return Consequences(actions: actions)
    }

    private mutating func setAvailability() {
        switch canary {
        case .staysAvailable: break
        case .staysUnavailable: scheduler.isAvailable = scheduler.isAvailable && pool.isAvailable
        default: scheduler.isAvailable = pool.isAvailable
        }
    }

    // MARK: Handing out

    private mutating func hand(out next: consuming Next, now: Instant, _ consequences: inout Consequences) {
        guard case .dispatch(let request, let worker, _, _) = next else { return }
        start(request, on: worker, isFromQueue: true, now: now, &consequences)
    }

    private mutating func start(
        _ request: Int, on worker: WorkerID, isFromQueue: Bool = false, now: Instant,
        _ consequences: inout Consequences
    ) {
        let known = pool.workers[worker.index]
        guard let pid = process(of: worker), pid == known.pid else {
            return complain("request \(request) was given to worker \(worker.index), which is gone")
        }
        if !known.isReady {
            complain("request \(request) was given to worker \(worker.index) (pid \(pid)), which is \(known.stateName)")
        }
        if !(isFromQueue && canary == .forgetsRequestStarted) { pool.requestStarted(worker, now: now) }
        consequences.starts.append((request, pid))
    }

    mutating func complain(_ complaint: String) { fault = fault ?? complaint }
}

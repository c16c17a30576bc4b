import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// An app's queue in front of its workers. What to do is decided by ``Scheduler`` and ``PoolStateMachine``, under
/// one lock for all loops, so that a worker that is to leave is never handed a request; here it is carried out.
package final class AppGateway: Gateway {
    struct State: ~Copyable {
        var scheduler: Scheduler<QueuedRequest>
        /// nil for an external server, whose processes are its own business.
        var pool: PoolStateMachine?
        var workers: [(any AppWorker)?] = []
        /// Workers that have exited, by pid, whose connections have not been read to their ends.
        var unread: [Int32] = []
        /// Requests that have lost their workers, on the way to their loops, where it is decided what becomes of them.
        var returning = 0

        /// The worker that a place belongs to has one request more.
        mutating func begin(at place: WorkerID, now: Instant) -> (any AppWorker)? {
            let id = scheduler.worker(of: place)
            pool?.requestStarted(id, now: now)
            return workers[id.index]
        }
    }

    let state: Mutex<State>
    private let encoder: any RequestEncoder
    let retry: Retry
    let logger: Logger
    private let nextRequestID = Atomic<UInt32>(0)
    /// Carries out what the pool decides; called on any loop, with the lock free.
    private let onActions: @Sendable ([PoolStateMachine.Action]) -> Void

    init(
        lanes: [LanePolicy], loops: Int, balance: Balance, encoder: any RequestEncoder, retry: Retry,
        pool: consuming PoolStateMachine?, logger: Logger,
        onActions: @escaping @Sendable ([PoolStateMachine.Action]) -> Void
    ) {
        state = Mutex(State(scheduler: Scheduler(lanes: lanes, loops: loops, balance: balance), pool: pool))
        self.encoder = encoder
        self.retry = retry
        self.logger = logger
        self.onActions = onActions
    }

    // MARK: Requests, on their loops

    package func submit(_ exchange: Exchange) {
        // Never 0, which FastCGI keeps for management records.
        exchange.runID = UInt16(truncatingIfNeeded: nextRequestID.add(1, ordering: .relaxed).newValue % 65_535) + 1
        encoder.encode(exchange, requestID: exchange.runID)
        exchange.queued = EdgeLoop.now
        queue(exchange, now: exchange.queued, isReturning: false)
    }

    /// One that returns has lost its worker. Its deadline, and its wait, are those of its first arrival.
    func queue(_ exchange: Exchange, now: Instant, isReturning: Bool) {
        let request = QueuedRequest(exchange)
        let (lane, loop, arrived) = (exchange.lane, exchange.loop.index, exchange.queued)
        // Stays empty, which costs nothing, but when a request that waits makes the pool grow.
        var actions: [PoolStateMachine.Action] = []
        let (arrival, worker) = state.withLock { state -> (Arrival, (any AppWorker)?) in
            let arrival =
                isReturning
                ? state.scheduler.arriveAgain(request, lane: lane, loop: loop, arrived: arrived, now: now)
                : state.scheduler.arrive(request, lane: lane, loop: loop, now: now)
            if case .wait = arrival { actions = state.pool?.demand(queued: state.scheduler.queued, now: now) ?? [] }
            guard case .dispatch(let place) = arrival else { return (arrival, nil) }
            return (arrival, state.begin(at: place, now: now))
        }
        if !actions.isEmpty { onActions(actions) }
        switch arrival {
        case .dispatch(let place): worker?.start(request, at: place, waited: now - arrived)
        case .wait(let ticket): exchange.ticket = ticket
        case .shed(let shed): exchange.shed(shed)
        }
    }

    package func abandon(_ exchange: Exchange) {
        if let ticket = exchange.ticket {
            exchange.ticket = nil
            if state.withLock({ $0.scheduler.cancel(ticket) }) != nil { return exchange.end() }
        }
        // Not in the queue any more: a worker has it, or it is on its way to one, or back, and will be seen to be abandoned.
        exchange.source?.abort(exchange)
    }

    // MARK: Workers, on their loops

    func add(_ worker: some AppWorker, now: Instant = EdgeLoop.now) {
        var isWelcome = true
        decide { state, actions in
            // It may have died, and its number may be another's, while its connection was on the way to its loop.
            if let expected = state.pool?.workers[worker.id.index],
                !(expected.isStarting && expected.pid == worker.pid)
            {
                isWelcome = false
                return .idle
            }
            while state.workers.count <= worker.id.index { state.workers.append(nil) }
            state.workers[worker.id.index] = worker
            actions += state.pool?.workerReady(worker.id, now: now) ?? []
            state.scheduler.isAvailable = state.pool?.isAvailable ?? true
            return state.scheduler.addWorker(worker.id, loop: worker.loopIndex, now: now)
        }
        if !isWelcome { worker.retire() }
    }

    /// What is told of a worker that is gone is old news, though its number may be another's by now: hence the pid.
    /// `leaving`: it takes no other request. `isServed`: the request was answered.
    func finished(_ place: WorkerID, pid: Int32, leaving: RecycleReason? = nil, isServed: Bool = true) {
        let now = EdgeLoop.now
        decide { state, actions in
            let worker = state.scheduler.worker(of: place)
            guard worker.index < state.workers.count, state.workers[worker.index]?.pid == pid else { return .idle }
            var own = state.pool?.requestFinished(worker, now: now) ?? []
            if let leaving { own += state.pool?.leaves(worker, leaving, now: now) ?? [] }
            if !own.isEmpty {
                // A worker at its limit is out before it could be given another request.
                for case .retire(let leaving) in own { _ = state.scheduler.retireWorker(leaving) }
                actions += own
            }
            return isServed ? state.scheduler.finished(place, now: now) : state.scheduler.lost(place, now: now)
        }
    }

    /// The worker has exited or its connection is closed, whichever is noticed first: the two arrive on different loops.
    func remove(_ worker: WorkerID, pid: Int32, isClosed: Bool) {
        let now = EdgeLoop.now
        decide { state, _ in
            if isClosed { state.unread.removeAll { $0 == pid } }
            guard worker.index < state.workers.count, state.workers[worker.index]?.pid == pid else { return .idle }
            if !isClosed { state.unread.append(pid) }
            state.workers[worker.index] = nil
            return state.scheduler.removeWorker(worker, now: now)
        }
    }

    private func decide(
        _ body: (inout State, inout [PoolStateMachine.Action]) -> Scheduler<QueuedRequest>.Next
    ) {
        var actions: [PoolStateMachine.Action] = []
        var worker: (any AppWorker)?
        let next = state.withLock { state -> Scheduler<QueuedRequest>.Next in
            let next = body(&state, &actions)
            if case .dispatch(_, let place, _, _) = next { worker = state.begin(at: place, now: EdgeLoop.now) }
            return next
        }
        if !actions.isEmpty { onActions(actions) }
        if case .dispatch(let request, let place, _, let waited) = next {
            worker?.start(request, at: place, waited: waited)
        }
    }

    // MARK: The pool, on the control loop

    /// Lets the pool decide, and tells the scheduler what follows from it.
    func decidePool(_ body: (inout PoolStateMachine, _ queued: Int) -> [PoolStateMachine.Action]) {
        let actions = state.withLock { state -> [PoolStateMachine.Action] in
            let queued = state.scheduler.queued
            let actions = state.pool.mutate { body(&$0, queued) } ?? []
            for action in actions {
                switch action {
                case .retire(let leaving), .kill(let leaving, _): _ = state.scheduler.retireWorker(leaving)
                default: break
                }
            }
            state.scheduler.isAvailable = state.pool?.isAvailable ?? true
            return actions
        }
        guard !actions.isEmpty else { return }
        onActions(actions)
        startRunnable(now: EdgeLoop.now)
    }

    /// Of an external server, which has no pool that says it.
    func setAvailable(_ isAvailable: Bool) { state.withLock { $0.scheduler.isAvailable = isAvailable } }

    /// Sheds what has waited too long, and all that waits while no worker can be had.
    func shedOverdue(now: Instant) {
        var turnedAway: [(QueuedRequest, Shed)] = []
        state.withLock { state in
            state.scheduler.expire(now: now) { turnedAway.append(($0, $1)) }
            if !state.scheduler.isAvailable { state.scheduler.shedQueued { turnedAway.append(($0, $1)) } }
        }
        for (request, shed) in turnedAway {
            request.exchange.loop.eventLoop.execute {
                request.exchange.ticket = nil
                request.exchange.shed(shed)
            }
        }
    }

    /// No request is queued or under way, or may come again.
    package var isDrained: Bool {
        state.withLock { $0.scheduler.isDrained && $0.returning == 0 && $0.unread.isEmpty }
    }

    func worker(_ id: WorkerID) -> (any AppWorker)? {
        state.withLock { id.index < $0.workers.count ? $0.workers[id.index] : nil }
    }

    package func snapshot(now: Instant) -> SchedulerSnapshot {
        state.withLock { $0.scheduler.snapshot(now: now) }
    }

    /// The pool's status and its workers, by number.
    package func poolSnapshot() -> (status: PoolStatus, workers: [WorkerStateMachine])? {
        state.withLock { state in
            guard let status = state.pool?.status, let workers = state.pool?.workers else { return nil }
            return (status, workers)
        }
    }

    var isPoolStopped: Bool { state.withLock { $0.pool?.isStopped ?? true } }
}

extension Optional where Wrapped: ~Copyable {
    /// Lets `body` change the value in place; nil when there is none.
    fileprivate mutating func mutate<Result>(_ body: (inout Wrapped) -> Result) -> Result? {
        guard var value = take() else { return nil }
        let result = body(&value)
        self = consume value
        return result
    }
}

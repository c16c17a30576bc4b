import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// An app's queue in front of its FastCGI workers. The decisions are ``WeirCore/Scheduler``'s, under one lock for all
/// loops; here they are carried out.
package final class FastCGIGateway: Gateway {
    private struct State: ~Copyable {
        var scheduler: Scheduler<QueuedRequest>
        var workers: [WorkerConnection?] = []
    }

    private let state: Mutex<State>
    private let encoder: FastCGIRequestEncoder
    private let nextRequestID = Atomic<UInt32>(0)

    init(lanes: [LanePolicy], loops: Int, encoder: FastCGIRequestEncoder) {
        state = Mutex(State(scheduler: Scheduler(lanes: lanes, loops: loops)))
        self.encoder = encoder
    }

    // MARK: Requests, on their loops

    package func submit(_ exchange: Exchange) {
        // Never 0, which FastCGI keeps for management records.
        let id = UInt16(truncatingIfNeeded: nextRequestID.add(1, ordering: .relaxed).newValue % 65_535) + 1
        encoder.encode(exchange, requestID: id)
        let request = QueuedRequest(
            exchange: exchange, requestID: id, encoded: exchange.encoded, file: exchange.body.file,
            fileCount: exchange.body.file == nil ? 0 : exchange.body.count
        )
        let now = EdgeLoop.now
        let (arrival, worker) = state.withLock { state -> (Arrival, WorkerConnection?) in
            let arrival = state.scheduler.arrive(
                request, lane: exchange.lane, loop: exchange.loop.index, now: now
            )
            guard case .dispatch(let id) = arrival else { return (arrival, nil) }
            return (arrival, state.workers[id.index])
        }
        switch arrival {
        case .dispatch: worker?.start(request, waited: .zero)
        case .wait(let ticket): exchange.ticket = ticket
        case .shed(let shed): exchange.shed(shed)
        }
    }

    package func abandon(_ exchange: Exchange) {
        if let ticket = exchange.ticket {
            exchange.ticket = nil
            if state.withLock({ $0.scheduler.cancel(ticket) }) != nil { return exchange.end() }
        }
        // Not in the queue any more: a worker has it, or it is on its way to one and will be seen to be abandoned.
        (exchange.source as? WorkerConnection)?.abort(exchange)
    }

    // MARK: Workers, on their loops

    func add(_ worker: WorkerConnection) {
        carryOut { state in
            while state.workers.count <= worker.id.index { state.workers.append(nil) }
            state.workers[worker.id.index] = worker
            return state.scheduler.addWorker(worker.id, loop: worker.loop.index, now: EdgeLoop.now)
        }
    }

    func finished(_ worker: WorkerConnection) {
        carryOut { state in
            let next = state.scheduler.finished(worker.id, now: EdgeLoop.now)
            return next
        }
    }

    /// The worker's connection is closed.
    func remove(_ worker: WorkerConnection) {
        carryOut { state in
            guard worker.id.index < state.workers.count, state.workers[worker.id.index] === worker else { return .idle }
            state.workers[worker.id.index] = nil
            return state.scheduler.removeWorker(worker.id, now: EdgeLoop.now)
        }
    }

    private func carryOut(_ decide: (inout State) -> Scheduler<QueuedRequest>.Next) {
        var worker: WorkerConnection?
        let next = state.withLock { state -> Scheduler<QueuedRequest>.Next in
            let next = decide(&state)
            if case .dispatch(let id, _, _, _) = next { worker = state.workers[id.index] }
            return next
        }
        if case .dispatch(_, let request, _, let waited) = next { worker?.start(request, waited: waited) }
    }

    // MARK: The pool

    /// Gives the worker nothing more. True when it was idle.
    func retire(_ worker: WorkerID) -> Bool {
        state.withLock { $0.scheduler.retireWorker(worker) }
    }

    func connection(of worker: WorkerID) -> WorkerConnection? {
        state.withLock { worker.index < $0.workers.count ? $0.workers[worker.index] : nil }
    }

    func setAvailable(_ isAvailable: Bool) {
        state.withLock { $0.scheduler.isAvailable = isAvailable }
        if !isAvailable {
            answer { scheduler, answer in scheduler.shedQueued(answer) }
        }
    }

    /// Sheds what has waited too long.
    func expire(now: Instant) {
        answer { scheduler, answer in scheduler.expire(now: now, answer) }
    }

    private func answer(
        _ take: (inout Scheduler<QueuedRequest>, (QueuedRequest, Shed) -> Void) -> Void
    ) {
        var turnedAway: [(QueuedRequest, Shed)] = []
        state.withLock { state in take(&state.scheduler) { turnedAway.append(($0, $1)) } }
        for (request, shed) in turnedAway {
            request.exchange.loop.eventLoop.execute {
                request.exchange.ticket = nil
                request.exchange.shed(shed)
            }
        }
    }

    package func snapshot(now: Instant) -> SchedulerSnapshot {
        state.withLock { $0.scheduler.snapshot(now: now) }
    }

    var longestIdle: WorkerID? { state.withLock { $0.scheduler.longestIdle?.worker } }
}

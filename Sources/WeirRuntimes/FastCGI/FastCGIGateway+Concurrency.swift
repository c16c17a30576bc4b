import WeirCore
import WeirEdge

extension FastCGIGateway {
    /// Lets no more requests run at once than this, and starts those that a higher limit makes room for. nil: as many as
    /// there are workers. From any loop.
    func limitConcurrency(to limit: Int?, now: Instant) {
        var started: [(request: QueuedRequest, worker: any FastCGIWorker, waited: Nanoseconds)] = []
        state.withLock { state in
            guard state.scheduler.concurrencyLimit != limit else { return }
            state.scheduler.concurrencyLimit = limit
            while case .dispatch(let request, let id, _, let waited) = state.scheduler.nextRunnable(now: now) {
                state.pool?.requestStarted(id, now: now)
                if let worker = state.workers[id.index] { started.append((request, worker, waited)) }
            }
        }
        for (request, worker, waited) in started { worker.start(request, waited: waited) }
    }
}

import WeirCore
import WeirEdge

extension AppGateway {
    /// Lets no more requests run at once than this, and starts those that a higher limit makes room for. nil: as many as
    /// there are workers. From any loop.
    func limitConcurrency(to limit: Int?, now: Instant) {
        var started: [(request: QueuedRequest, worker: any AppWorker, place: WorkerID, waited: Nanoseconds)] = []
        state.withLock { state in
            guard state.scheduler.concurrencyLimit != limit else { return }
            state.scheduler.concurrencyLimit = limit
            while case .dispatch(let request, let place, _, let waited) = state.scheduler.nextRunnable(now: now) {
                if let worker = state.begin(at: place, now: now) { started.append((request, worker, place, waited)) }
            }
        }
        for (request, worker, place, waited) in started { worker.start(request, at: place, waited: waited) }
    }
}

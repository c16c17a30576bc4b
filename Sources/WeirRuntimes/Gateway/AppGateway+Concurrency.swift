import WeirCore
import WeirEdge

extension AppGateway {
    /// Lets no more requests run at once than this, and starts those that a higher limit makes room for. nil: as many as
    /// there are workers. From any loop.
    func limitConcurrency(to limit: Int?, now: Instant) {
        let isNews = state.withLock { state in
            guard state.scheduler.concurrencyLimit != limit else { return false }
            state.scheduler.concurrencyLimit = limit
            return true
        }
        if isNews { startRunnable(now: now) }
    }

    /// A worker is well again, or is not: others get the requests while there are others. `isStuck`: nothing it has goes
    /// on, so that it gets none in any case; nil: as before. From any loop.
    func suspend(_ worker: WorkerID, pid: Int32, _ isSuspended: Bool, isStuck: Bool? = nil) {
        state.withLock { state in
            guard worker.index < state.workers.count, state.workers[worker.index]?.pid == pid else { return }
            state.scheduler.suspend(worker, isSuspended, now: EdgeLoop.now)
            if let isStuck { state.scheduler.setStuck(worker, isStuck, now: EdgeLoop.now) }
        }
        // Also when one is suspended: those that were before get requests again once nobody is well.
        startRunnable(now: EdgeLoop.now)
    }

    /// Ten times a second, where processes tell when they stand still.
    func sampleWindow(now: Instant) {
        state.withLock { $0.scheduler.sampleWindow() }
        startRunnable(now: now)
    }

    /// Hands out what waits and may run now.
    func startRunnable(now: Instant) {
        var started: [(request: QueuedRequest, worker: any AppWorker, place: WorkerID, waited: Nanoseconds)] = []
        state.withLock { state in
            while case .dispatch(let request, let place, _, let waited) = state.scheduler.nextRunnable(now: now) {
                if let worker = state.begin(at: place, now: now) { started.append((request, worker, place, waited)) }
            }
        }
        for (request, worker, place, waited) in started { worker.start(request, at: place, waited: waited) }
    }
}

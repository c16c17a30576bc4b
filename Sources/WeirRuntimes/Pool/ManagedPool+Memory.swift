import Logging
import WeirCore
import WeirEdge

/// Workers that have become too large. On the control loop.
extension ManagedPool {
    /// Ten times a second.
    func watchMemory(now: Instant) {
        let workers = gateway.poolSnapshot()?.workers ?? []
        memory.measureNext(workers.compactMap { $0.isLive ? $0.pid : nil })
        if memoryLimits.hard != nil {
            for (index, worker) in workers.enumerated() { check(WorkerID(index), worker, now: now) }
        }
        pressure.watch(now: now)
    }

    /// The worker has said that it grew: it need not wait for its turn.
    func checkMemory(of id: WorkerID, pid: Int32, now: Instant) {
        guard memoryLimits.hard != nil, let worker = gateway.poolSnapshot()?.workers[id.index], worker.pid == pid else {
            return
        }
        check(id, worker, now: now)
    }

    private func check(_ id: WorkerID, _ worker: WorkerStateMachine, now: Instant) {
        guard let pid = worker.pid, !worker.isKilled, let estimate = memory.estimate(pid),
            needsAction(estimate, worker), let own = memory.measure(pid)?.own, needsAction(own, worker)
        else { return }
        switch memoryLimits.verdict(own: own) {
        case .fine: break
        case .replace: replace(id, pid: pid, own: own, metadata: ["limit": "\(memoryLimits.soft?.inMebibytes ?? "")"])
        case .kill:
            kill(id, pid: pid, own: own, metadata: ["limit": "\(memoryLimits.hard?.inMebibytes ?? "")"], now: now)
        }
    }

    private func needsAction(_ own: Bytes, _ worker: WorkerStateMachine) -> Bool {
        switch memoryLimits.verdict(own: own) {
        case .fine: false
        case .replace: worker.mayBeReplacedForItsSize
        case .kill: true
        }
    }

    /// After its request, and once its successor is up.
    func replace(_ id: WorkerID, pid: Int32, own: Bytes, metadata: Logger.Metadata) {
        gateway.decidePool { pool, _ in
            if pool.workers[id.index].pid == pid { pool.recycle(id, reason: .maxMemory) }
            return []
        }
        logger.notice("worker.too_large", metadata: Self.facts(pid, own, "replaced").merging(metadata) { $1 })
    }

    func kill(_ id: WorkerID, pid: Int32, own: Bytes, metadata: Logger.Metadata, now: Instant) {
        logger.warning("worker.too_large", metadata: Self.facts(pid, own, "killed").merging(metadata) { $1 })
        gateway.decidePool { pool, _ in
            pool.workers[id.index].pid == pid ? pool.killNow(id, .maxMemory, now: now) : []
        }
    }

    private static func facts(_ pid: Int32, _ own: Bytes, _ end: String) -> Logger.Metadata {
        ["pid": "\(pid)", "own_memory": "\(own.inMebibytes)", "end": "\(end)"]
    }
}

extension WorkerStateMachine {
    /// It has served: one that is too large before its first request would be followed by others like it for ever.
    var mayBeReplacedForItsSize: Bool { isServing && !isDue && requests > 0 }
}

import Logging
import WeirCore
import WeirEdge

/// Requests that leave their workers larger than they were.
extension ManagedPool {
    static let growthLogInterval = Nanoseconds.seconds(1)

    var growthEvents: WorkerConnection.Events.Growth {
        WorkerConnection.Events.Growth(
            note: { [weak self] path, by in self?.growth.withLock { $0.add(path, by) } },
            limit: logGrowth,
            tell: { [weak self] growth in
                guard let self else { return }
                control.execute { self.noteGrowth(growth) }
            })
    }

    private func noteGrowth(_ growth: RequestGrowth) {
        let now = EdgeLoop.now
        checkMemory(of: growth.worker, pid: growth.pid, now: now)
        guard growthLog.mayTake(now: now) else { return }
        growthLog.take(now: now)
        logger.warning(
            "request.grew_memory",
            metadata: [
                "pid": "\(growth.pid)", "request": "\(String(decoding: growth.requestID, as: UTF8.self))",
                "path": "\(String(decoding: growth.path, as: UTF8.self))", "growth": "\(growth.by.inMebibytes)",
            ])
    }
}

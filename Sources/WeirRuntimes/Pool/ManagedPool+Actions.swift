import Logging
import WeirCore
import WeirEdge
import WeirProcess

/// What the pool has decided, carried out: processes started, let go, killed.
extension ManagedPool {
    func carryOut(_ actions: [PoolStateMachine.Action]) {
        for action in actions {
            switch action {
            case .startForkServer: launcher.startServer()
            case .stopForkServer: launcher.stopServer()
            case .killForkServer: launcher.killServer()
            case .spawn(let id): launcher.spawn(id)
            case .retire(let id): launcher.retire(id)
            case .kill(let id, let reason): kill(id, reason)
            case .askForStack(let id): launcher.askForStack(id)
            case .startNewGeneration(let reason): onEmergency?(reason)
            }
        }
    }

    private func kill(_ id: WorkerID, _ reason: KillReason) {
        var metadata: Logger.Metadata = ["worker": "\(id.index)", "reason": "\(reason.rawValue)"]
        if let next = advice(on: reason) { metadata["next"] = "\(next)" }
        logger.warning("worker.killed", metadata: metadata)
        if reason == .requestTimeout { gateway.worker(id)?.giveUp() }
        if reason == .maxMemory { (gateway.worker(id) as? WorkerConnection)?.sayTooLarge() }
        kill(id, directly: reason == .stopping || reason == .stopTimeout)
    }

    /// What to do about one that did not go by itself; nil: nothing, or the documentation says it better.
    private func advice(on reason: KillReason) -> String? {
        switch reason {
        case .stopTimeout where !app.runtime.speaksHTTP:
            "its request went on: find it in the access log, or let it have longer (timeouts.graceful)"
        case .stopTimeout,
            .drainTimeout where app.runtime.speaksHTTP:
            "let the program end on SIGTERM (behind a shell: start it with exec), or let what it has under way have longer"
                + " (timeouts.graceful)"
        default: nil
        }
    }

    private func kill(_ id: WorkerID, directly: Bool) {
        guard let worker = gateway.poolSnapshot()?.workers[id.index] else { return }
        launcher.kill(id, pid: worker.isLive ? worker.pid : nil, directly: directly)
    }

    // MARK: What became of it

    func serverFailed(_ reason: String) {
        let now = EdgeLoop.now
        gateway.decidePool { pool, _ in pool.forkServerExited(reason: reason, now: now) }
        guard stopped == nil else { return }
        var metadata: Logger.Metadata = ["reason": "\(reason)"]
        if let retryAt = gateway.poolSnapshot()?.status.retryAt {
            metadata["retry_in"] = "\((retryAt - now).milliseconds.rounded() / 1_000) s"
        }
        logger.error("pool.fork_server_failed", metadata: metadata)
    }

    func spawnFailed(_ id: WorkerID, _ reason: String) {
        logger.error("worker.fork_failed", metadata: ["worker": "\(id.index)", "reason": "\(reason)"])
        gateway.decidePool { pool, _ in pool.forkFailed(id, reason: reason, now: EdgeLoop.now) }
    }

    func exited(_ id: WorkerID, pid: Int32, _ reason: String, isCrash: Bool) {
        guard let worker = gateway.poolSnapshot()?.workers[id.index], worker.pid == pid else { return }
        let isExpected = worker.isLeaving
        logger.log(
            level: isExpected ? .debug : .warning, "worker.exited",
            metadata: [
                "worker": "\(id.index)", "pid": "\(pid)", "status": "\(reason)", "requests": "\(worker.requests)",
            ]
        )
        // Before its number is given to another.
        gateway.remove(id, pid: pid, isClosed: false)
        let words = launcher.lastWords(of: id)
        gateway.decidePool { pool, _ in
            pool.workerExited(id, reason: reason, isCrash: isCrash, lastWords: words, now: EdgeLoop.now)
        }
    }

    /// Usually the worker is gone, or leaves because its connection is. One that stays without a connection is of no
    /// use.
    func connectionClosed(_ id: WorkerID, pid: Int32) {
        guard let state = gateway.poolSnapshot()?.workers[id.index], state.pid == pid, state.isLive else { return }
        if !state.isLeaving { kill(id, directly: false) }
    }
}

import Glibc
import Logging
import NIOCore
import NIOPosix
import WeirCore
import WeirEdge
import WeirProcess

/// What became of it: the fork server's reports, and workers that come, end, or lose their connection.
extension ManagedPool {
    func take(_ event: ForkServer.Event) {
        let now = EdgeLoop.now
        switch event {
        case .ready(let version):
            logger.info("pool.ready", metadata: ["runtime": "\(version)"])
            gateway.decidePool { pool, _ in pool.forkServerReady(now: now) }
        case .failed(let reason): bootFailure = reason
        case .forked(let worker, let pid):
            let id = WorkerID(worker)
            gateway.decidePool { pool, _ in pool.workerForked(id, pid: pid, now: now) }
            connect(id, pid: pid)
        case .forkFailed(let worker, let reason): forkFailed(WorkerID(worker), reason)
        case .exited(let worker, let pid, let status):
            (lastWords[WorkerID(worker)] ?? LastWords()).whenRead(on: control) { [self] in
                exited(WorkerID(worker), pid: pid, status.description, isCrash: status != .exited(code: 0))
            }
        case .stack(let worker, let token, let frames): logSlow(WorkerID(worker), token, frames)
        case .stackFailed(let worker, let token, let reason):
            logSlow(WorkerID(worker), token, ["no stack: \(reason)"])
        case .limits(let memory): facts.withLock { $0.memoryLimit = memory.map { Bytes($0) } ?? Bytes(-1) }
        case .opcache(let report): facts.withLock { $0.opcache = report }
        // Nothing is known then, and nothing is said.
        case .opcacheFailed: break
        case .closed:
            lastWordsOfServer.whenRead(on: control) { [self] in forkServerFailed("it closed its control socket") }
        }
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
        let words = lastWords.removeValue(forKey: id)?.lines ?? []
        gateway.decidePool { pool, _ in
            pool.workerExited(id, reason: reason, isCrash: isCrash, lastWords: words, now: EdgeLoop.now)
        }
    }

    func lookForOrphans() {
        for (pid, id) in orphans where Glibc.kill(pid, 0) != 0 && errno == ESRCH {
            orphans[pid] = nil
            exited(id, pid: pid, "unknown: its fork server is gone", isCrash: true)
        }
    }

    /// Puts the server's end of the worker's socket on an event loop, in turn.
    func connect(_ id: WorkerID, pid: Int32) {
        guard let end = ends.removeValue(forKey: id) else { return }
        let loop = loops[nextLoop % loops.count]
        nextLoop += 1
        let connection = WorkerConnection(
            id: id, pid: pid, loop: loop, events: events(pid: pid), abortsByClosing: false
        )
        FastCGISocket.bootstrap(on: loop, connection).withConnectedSocket(end).whenFailure { [self] error in
            logger.error("worker.not_connected", metadata: ["pid": "\(pid)", "error": "\(error)"])
            control.execute { self.signal(id) }
        }
    }

    func events(pid: Int32) -> WorkerConnection.Events {
        WorkerConnection.Events(
            ready: { [gateway] in gateway.add($0) },
            finished: { [gateway] in gateway.finished($0.id, pid: $0.pid, leaving: $0.leaving) },
            closed: { [weak self, gateway] worker in
                gateway.remove(worker.id, pid: worker.pid, isClosed: true)
                guard let self else { return }
                control.execute { self.connectionClosed(worker) }
            },
            lost: { [gateway] in gateway.lost($1, $2, by: $0.pid, after: $3) },
            said: { [logger] worker, text, request in
                GuestLog.log(text, to: logger, pid: worker.pid, request: request)
            },
            growth: growthEvents,
            reported: { [reports] worker, report, note in reports.take(report, pid: worker.pid, note) },
            awaitsReady: awaitsReady
        )
    }

    /// Usually the worker is gone, or leaves because its connection is. One that stays without a connection is of no
    /// use.
    func connectionClosed(_ worker: WorkerConnection) {
        guard let state = gateway.poolSnapshot()?.workers[worker.id.index], state.pid == worker.pid, state.isLive else {
            return
        }
        if !state.isLeaving { signal(worker.id) }
    }
}

import CWeirSystem
import Glibc
import Logging
import NIOCore
import WeirCore
import WeirEdge
import WeirProcess

/// What the pool has decided, carried out: processes started, connected, let go, killed.
extension ManagedPool {
    func carryOut(_ actions: [PoolStateMachine.Action]) {
        for action in actions {
            switch action {
            case .startForkServer: startForkServer()
            case .stopForkServer:
                forkServer?.close()
                // The application that is starting in it does not look at the socket.
                if let forkServer { Glibc.kill(forkServer.pid, SIGTERM) }
            case .killForkServer:
                if let forkServer { Glibc.kill(forkServer.pid, SIGKILL) }
            case .spawn(let id): spawn(id)
            case .retire(let id): gateway.worker(id)?.retire()
            case .kill(let id, let reason): kill(id, reason)
            case .askForStack(let id): askForStack(id)
            case .startNewGeneration(let reason): onEmergency?(reason)
            }
        }
    }

    func askForStack(_ id: WorkerID) {
        guard let forkServer, let worker = gateway.worker(id) as? WorkerConnection else { return }
        worker.withToken { token in try? forkServer.askForStack(worker: id.index, token: token) }
    }

    func logSlow(_ id: WorkerID, _ token: UInt16, _ frames: [String]) {
        guard let worker = gateway.worker(id) as? WorkerConnection else { return }
        worker.describe(token) { [logger] request, path, seconds in
            var metadata: Logger.Metadata = [
                "pid": "\(worker.pid)", "request": "\(request)", "path": "\(path)", "seconds": "\(seconds)",
            ]
            for (index, frame) in frames.enumerated() { metadata["frame\(index < 10 ? "0" : "")\(index)"] = "\(frame)" }
            logger.warning("request.slow", metadata: metadata)
        }
    }

    func startForkServer() {
        do throws(SystemError) {
            let words = LastWords()
            lastWordsOfServer = words
            let log = try GuestLog(on: control, onEnd: { words.isComplete = true }) { [logger] line in
                words.add(line)
                GuestLog.log(line, to: logger, pid: nil, request: "")
            }
            forkServer = try ForkServer(program, output: log.descriptor, error: log.descriptor) { [weak self] event in
                guard let self else { return }
                control.execute { self.take(event) }
            }
        } catch {
            forkServerFailed(error.description)
        }
    }

    func forkServerFailed(_ reason: String) {
        var reason = bootFailure ?? reason
        // An application that ends by itself has often said why.
        if bootFailure != nil, let said = lastWordsOfServer.lines.last, !reason.contains(said) {
            reason += "; it said: \(said)"
        }
        bootFailure = nil
        forkServer = nil
        for (index, worker) in (gateway.poolSnapshot()?.workers ?? []).enumerated() {
            if let pid = worker.pid { orphans[pid] = WorkerID(index) }
        }
        let now = EdgeLoop.now
        gateway.decidePool { pool, _ in pool.forkServerExited(reason: reason, now: now) }
        guard stopped == nil else { return }
        var metadata: Logger.Metadata = ["reason": "\(reason)"]
        if let retryAt = gateway.poolSnapshot()?.status.retryAt {
            metadata["retry_in"] = "\((retryAt - now).milliseconds.rounded() / 1_000) s"
        }
        logger.error("pool.fork_server_failed", metadata: metadata)
    }

    func spawn(_ id: WorkerID) {
        do throws(SystemError) {
            guard let forkServer else { throw SystemError("forking a worker", errno: ECHILD) }
            var pair: [Int32] = [-1, -1]
            guard weir_socket_pair(0, &pair) == 0 else { throw SystemError("making a worker's socket") }
            defer { close(pair[1]) }
            ends[id] = pair[0]
            let words = LastWords()
            lastWords[id] = words
            let log = try GuestLog(on: control, onEnd: { words.isComplete = true }) { [gateway, logger] line in
                words.add(line)
                if let worker = gateway.worker(id) as? WorkerConnection {
                    worker.say(line)
                } else {
                    let pid = gateway.poolSnapshot()?.workers[id.index].pid
                    GuestLog.log(line, to: logger, pid: pid, request: "")
                }
            }
            try forkServer.fork(worker: id.index, connection: pair[1], standardError: log.descriptor)
        } catch {
            forkFailed(id, error.description)
        }
    }

    func forkFailed(_ id: WorkerID, _ reason: String) {
        logger.error("worker.fork_failed", metadata: ["worker": "\(id.index)", "reason": "\(reason)"])
        if let end = ends.removeValue(forKey: id) { close(end) }
        gateway.decidePool { pool, _ in pool.forkFailed(id, reason: reason, now: EdgeLoop.now) }
    }

    func kill(_ id: WorkerID, _ reason: KillReason) {
        logger.warning("worker.killed", metadata: ["worker": "\(id.index)", "reason": "\(reason.rawValue)"])
        if reason == .requestTimeout { gateway.worker(id)?.giveUp() }
        if reason == .maxMemory { (gateway.worker(id) as? WorkerConnection)?.sayTooLarge() }
        if let end = ends.removeValue(forKey: id) { close(end) }
        signal(id, directly: reason == .stopping)
    }

    /// Through the fork server, which knows whether the pid is still the worker's; directly when it is killed as well.
    func signal(_ id: WorkerID, directly: Bool = false) {
        guard let worker = gateway.poolSnapshot()?.workers[id.index], worker.isLive, let pid = worker.pid else {
            return
        }
        let parent = directly || orphans[pid] != nil ? nil : forkServer
        if let parent, (try? parent.kill(worker: id.index, signal: SIGKILL)) != nil { return }
        Glibc.kill(pid, SIGKILL)
    }
}

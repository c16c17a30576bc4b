import Logging
import WeirCore
import WeirEdge
import WeirProcess

/// What the fork server reports, and what it is asked.
extension ForkServerLauncher {
    func take(_ event: ForkServer.Event) {
        switch event {
        case .ready(let version):
            logger.info("pool.ready", metadata: ["runtime": "\(version)"])
            gateway.decidePool { pool, _ in pool.forkServerReady(now: EdgeLoop.now) }
        case .failed(let reason): bootFailure = reason
        case .forked(let worker, let pid):
            let id = WorkerID(worker)
            gateway.decidePool { pool, _ in pool.workerForked(id, pid: pid, now: EdgeLoop.now) }
            connect(id, pid: pid)
        case .forkFailed(let worker, let reason): forkFailed(WorkerID(worker), reason)
        case .exited(let worker, let pid, let status):
            whenRead(WorkerID(worker)) { [pool] in
                pool.exited(WorkerID(worker), pid: pid, status.description, isCrash: status != .exited(code: 0))
            }
        case .stack(let worker, let token, let frames): logSlow(WorkerID(worker), token, frames)
        case .stackFailed(let worker, let token, let reason):
            logSlow(WorkerID(worker), token, ["no stack: \(reason)"])
        case .limits(let memory): pool.facts.withLock { $0.memoryLimit = memory.map { Bytes($0) } ?? Bytes(-1) }
        case .opcache(let report): pool.facts.withLock { $0.opcache = report }
        // Nothing is known then, and nothing is said.
        case .opcacheFailed: break
        case .closed:
            lastWordsOfServer.whenRead(on: control) { [self] in serverFailed("it closed its control socket") }
        }
    }

    // MARK: The slow log

    func askForStack(_ id: WorkerID) {
        guard let forkServer, let worker = gateway.worker(id) as? WorkerConnection else { return }
        worker.withToken { token in try? forkServer.askForStack(worker: id.index, token: token) }
    }

    private func logSlow(_ id: WorkerID, _ token: UInt16, _ frames: [String]) {
        guard let worker = gateway.worker(id) as? WorkerConnection else { return }
        worker.describe(token) { [logger] request, path, seconds in
            var metadata: Logger.Metadata = [
                "pid": "\(worker.pid)", "request": "\(request)", "path": "\(path)", "seconds": "\(seconds)",
            ]
            metadata.add(frames: frames)
            logger.warning("request.slow", metadata: metadata)
        }
    }

    func askForOpcache() { try? forkServer?.askForOpcache() }
}

extension Logger.Metadata {
    /// A stack, the innermost frame first: `frame00`, `frame01`, …
    mutating func add(frames: some Sequence<String>) {
        for (index, frame) in frames.enumerated() { self["frame\(index < 10 ? "0" : "")\(index)"] = "\(frame)" }
    }
}

import CWeirSystem
import Glibc
import Logging
import NIOCore
import WeirCore
import WeirEdge
import WeirProcess

/// Has workers forked by a fork server, and connects them to event loops. Lives on the control loop.
final class ForkServerLauncher: WorkerLauncher, @unchecked Sendable {
    unowned let pool: ManagedPool
    private let program: ChildProcess
    /// A worker is up when its application has started.
    private let awaitsReady: Bool

    var forkServer: ForkServer?
    var serverPID: Int32? { forkServer?.pid }
    /// What the fork server said of its failure before it ended.
    var bootFailure: String?
    /// Workers that outlived the fork server they came from: nobody tells of their end, so that it is looked for.
    private var orphans: [Int32: WorkerID] = [:]
    /// Connections made for workers that were not reported as forked yet.
    private var ends: [WorkerID: Int32] = [:]
    private var lastWords: [WorkerID: LastWords] = [:]
    /// Of the fork server, in which the application may start.
    var lastWordsOfServer = LastWords()
    private var nextLoop = 0

    init(_ pool: ManagedPool, program: ChildProcess, awaitsReady: Bool) {
        self.pool = pool
        self.program = program
        self.awaitsReady = awaitsReady
    }

    var control: any EventLoop { pool.control }
    var gateway: AppGateway { pool.gateway }
    var logger: Logger { pool.logger }

    // MARK: The fork server

    func startServer() {
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
            serverFailed(error.description)
        }
    }

    func stopServer() {
        forkServer?.close()
        // The application that is starting in it does not look at the socket.
        if let forkServer { Glibc.kill(forkServer.pid, SIGTERM) }
    }

    func killServer() {
        if let forkServer { Glibc.kill(forkServer.pid, SIGKILL) }
    }

    func serverFailed(_ reason: String) {
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
        pool.serverFailed(reason)
    }

    // MARK: Workers

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
        closeEnd(of: id)
        pool.spawnFailed(id, reason)
    }

    /// Puts the server's end of the worker's socket on an event loop, in turn.
    func connect(_ id: WorkerID, pid: Int32) {
        guard let end = ends.removeValue(forKey: id) else { return }
        let loop = pool.loops[nextLoop % pool.loops.count]
        nextLoop += 1
        let connection = WorkerConnection(id: id, pid: pid, loop: loop, events: events, abortsByClosing: false)
        FastCGISocket.bootstrap(on: loop, connection).withConnectedSocket(end).whenFailure { [self] error in
            logger.error("worker.not_connected", metadata: ["pid": "\(pid)", "error": "\(error)"])
            control.execute { self.kill(id, pid: pid, directly: false) }
        }
    }

    private var events: WorkerConnection.Events {
        WorkerConnection.Events(
            ready: { [gateway] in gateway.add($0) },
            finished: { [gateway] in gateway.finished($0.id, pid: $0.pid, leaving: $0.leaving) },
            closed: { [weak pool, gateway] worker in
                gateway.remove(worker.id, pid: worker.pid, isClosed: true)
                guard let pool else { return }
                pool.control.execute { pool.connectionClosed(worker.id, pid: worker.pid) }
            },
            lost: { [gateway] in gateway.lost($1, $2, by: $0.pid, after: $3) },
            said: { [logger] worker, text, request in
                GuestLog.log(text, to: logger, pid: worker.pid, request: request)
            },
            growth: pool.growthEvents,
            reported: { [reports = pool.reports] worker, report, note in reports.take(report, pid: worker.pid, note) },
            awaitsReady: awaitsReady
        )
    }

    func lastWords(of id: WorkerID) -> [String] { lastWords.removeValue(forKey: id)?.lines ?? [] }

    /// Once what it wrote last has been read.
    func whenRead(_ id: WorkerID, _ body: @escaping @Sendable () -> Void) {
        (lastWords[id] ?? LastWords()).whenRead(on: control, body)
    }

    func retire(_ id: WorkerID) { gateway.worker(id)?.retire() }

    /// Through the fork server, which knows whether the pid is still the worker's; directly when it is killed as well.
    func kill(_ id: WorkerID, pid: Int32?, directly: Bool) {
        closeEnd(of: id)
        guard let pid else { return }
        let parent = directly || orphans[pid] != nil ? nil : forkServer
        if let parent, (try? parent.kill(worker: id.index, signal: SIGKILL)) != nil { return }
        Glibc.kill(pid, SIGKILL)
    }

    private func closeEnd(of id: WorkerID) {
        if let end = ends.removeValue(forKey: id) { close(end) }
    }

    func tick(now: Instant) {
        for (pid, id) in orphans where Glibc.kill(pid, 0) != 0 && errno == ESRCH {
            orphans[pid] = nil
            pool.exited(id, pid: pid, "unknown: its fork server is gone", isCrash: true)
        }
    }
}

import Glibc
import Logging
import Synchronization
import WeirProcess
import WeirServer

/// What signals ask of the server. SIGTERM, SIGINT and SIGQUIT: the first asks for a graceful stop, the second ends
/// everything at once. SIGHUP: reload. SIGUSR1: reopen logs. SIGUSR2: upgrade. SIGCHLD: children that have ended are
/// collected, as process 1 must.
final class ServerSignals: Sendable {
    enum End: Sendable {
        case stop
        /// Another process has taken over.
        case replaced(Replacement)
    }

    private let server: Server
    private let logs: Logs
    private let ends: AsyncStream<End>
    private let end: AsyncStream<End>.Continuation
    private let stops = Atomic<Int>(0)
    private let isUpgrading = Atomic<Bool>(false)
    /// The process that has taken over while this one stops; 0: none.
    private let successor = Atomic<Int32>(0)

    init(server: Server, logs: Logs) throws {
        self.server = server
        self.logs = logs
        (ends, end) = AsyncStream.makeStream(of: End.self)
        Reaper.adoptOrphans()
        try SignalThread.handle([SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD]) { [self] in take($0) }
    }

    private func take(_ number: Int32) {
        // Until this process stands in for it, whoever signals knows only this one.
        let successor = successor.load(ordering: .relaxed)
        if successor != 0, number != SIGCHLD {
            kill(successor, number)
            if [SIGHUP, SIGUSR1, SIGUSR2].contains(number) { return }
        }
        switch number {
        case SIGCHLD:
            Reaper.reap(before: SpawnedProcess.ended) { pid, status in
                logs.logger.debug("process.reaped", metadata: ["pid": "\(pid)", "status": "\(status)"])
                SpawnedProcess.reaped(pid, status)
                if pid == successor { self.successor.store(0, ordering: .relaxed) }
            }
        case SIGHUP: Task { [server] in await server.reload() }
        case SIGUSR1: logs.reopen()
        case SIGUSR2: upgrade()
        default: stop()
        }
    }

    private func upgrade() {
        guard !isUpgrading.exchange(true, ordering: .relaxed) else { return }
        Task { [self] in
            guard let replacement = await server.upgrade() else {
                return isUpgrading.store(false, ordering: .relaxed)
            }
            successor.store(replacement.pid, ordering: .relaxed)
            end.yield(.replaced(replacement))
        }
    }

    private func stop() {
        if stops.add(1, ordering: .relaxed).newValue == 1 { return _ = end.yield(.stop) }
        logs.logger.warning("server.killed", metadata: ["reason": "a second signal"])
        server.kill()
        usleep(200_000)
        _exit(1)
    }

    /// Lets signals through that whoever started this process had blocked: a server that cannot be told to stop would
    /// be killed. On the main thread, before there are others.
    static func unblock() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// Returns when this process is to end.
    func wait() async -> End {
        for await end in ends { return end }
        return .stop
    }
}

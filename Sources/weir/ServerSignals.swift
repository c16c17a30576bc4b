import Glibc
import Logging
import Synchronization
import WeirProcess
import WeirServer

/// SIGTERM and SIGINT: the first asks for a graceful stop, the second ends everything at once. SIGCHLD: children that
/// have ended are collected, as process 1 must.
final class ServerSignals: Sendable {
    private let stops: AsyncStream<Void>

    init(server: Server, logger: Logger) throws {
        let (stops, continuation) = AsyncStream.makeStream(of: Void.self)
        self.stops = stops
        let counter = Counter()
        Reaper.adoptOrphans()
        try SignalThread.handle([SIGTERM, SIGINT, SIGCHLD]) { number in
            guard number != SIGCHLD else {
                return Reaper.reap { pid, status in
                    logger.debug("process.reaped", metadata: ["pid": "\(pid)", "status": "\(status)"])
                }
            }
            if counter.next() == 1 {
                continuation.finish()
            } else {
                logger.warning("server.killed", metadata: ["reason": "a second signal"])
                server.kill()
                usleep(200_000)
                _exit(1)
            }
        }
    }

    /// Lets signals through that whoever started this process had blocked: a server that cannot be told to stop would
    /// be killed. On the main thread, before there are others.
    static func unblock() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// Returns when a stop is asked for.
    func wait() async {
        for await _ in stops {}
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }
}

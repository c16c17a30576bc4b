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

    /// Returns when a stop is asked for.
    func wait() async {
        for await _ in stops {}
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }
}

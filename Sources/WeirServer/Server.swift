import Glibc
import Logging
import NIOCore
import NIOPosix
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirRuntimes
import WeirTelemetry

/// The whole of it: event loops, listeners, apps, logs; started and stopped in order.
package final class Server: Sendable {
    private let settings: Settings
    private let logger: Logger
    private let logWriter: LogWriter
    private let accessWriter: LogWriter?
    private let group: MultiThreadedEventLoopGroup
    /// Pools, timers and the admin listener: what must answer even when the edge is busy.
    private let controlGroup: MultiThreadedEventLoopGroup
    private let loops: [EdgeLoop]
    private let adminLoop: EdgeLoop
    private let apps: [App]
    private let listeners: Listeners

    /// After this the pools have started, or will take longer than it matters.
    private static let startupTime = TimeAmount.seconds(1)

    /// Prepares everything that can fail before a port is taken.
    package init(settings: Settings, logger: Logger, logWriter: LogWriter) throws {
        self.settings = settings
        self.logger = logger
        self.logWriter = logWriter
        let count = settings.loops ?? max(1, Int(ContainerCPU.available().rounded(.up)))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.group = group
        controlGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let control = controlGroup.next()

        accessWriter = try Self.accessWriter(settings.accessLog)
        let accessLog = accessWriter.map { AccessLog(writer: $0, format: settings.accessLog.format) }
        // Every event loop's own counters, the control loop's last.
        let metrics = ServerMetrics(loops: count + 1)
        var logs = ["server": logWriter]
        logs["access"] = accessWriter
        let measurements = Measurements(metrics: metrics, logs: logs)
        let operations = Operations(measurements, logger: logger)
        let assembly = try Assembly(settings: settings, operations: operations, logger: logger)
        let shared = EdgeShared(
            settings: settings, routing: assembly.routing, rotation: operations.rotation, accessLog: accessLog,
            metrics: metrics, logger: logger
        )
        loops = (0..<count).map { EdgeLoop(eventLoop: group.next(), index: $0, shared: shared) }
        adminLoop = EdgeLoop(eventLoop: control, index: count, shared: shared)
        apps = try assembly.connect(loops: loops, control: control)
        listeners = Listeners(settings: settings, loops: loops, adminLoop: adminLoop, logger: logger)
        measurements.fill(apps: apps, loops: loops)
        assembly.pages.fill(admission: shared.admission)
    }

    private static func accessWriter(_ settings: AccessLogSettings) throws -> LogWriter? {
        guard settings.format != .off else { return nil }
        guard let path = settings.path else { return LogWriter(descriptor: STDOUT_FILENO) }
        guard let writer = LogWriter(path: path) else { throw SystemError("opening the access log \(path)") }
        return writer
    }

    /// Takes the ports, gives up root, starts the pools. Returns the addresses that are listened on.
    package func start() async throws -> [String] {
        for loop in loops { try await loop.eventLoop.submit { loop.start() }.get() }
        try await adminLoop.eventLoop.submit { self.adminLoop.start() }.get()
        let addresses = try await listeners.bind()
        try Privileges.drop(to: settings.user, logger: logger)
        for app in apps { app.start() }
        try await listeners.accept()
        adminLoop.eventLoop.scheduleTask(in: Self.startupTime) { ProcessMemory.forgetStartupCode() }
        return addresses
    }

    /// Stops accepting, finishes what is in flight within the graceful timeout, then ends the workers.
    package func stop() async {
        logger.notice("server.stopping", metadata: ["graceful": "\(settings.timeouts.graceful.seconds) s"])
        await listeners.close()
        for loop in loops { try? await loop.eventLoop.submit { loop.drain() }.get() }
        let deadline = EdgeLoop.now + settings.timeouts.graceful
        while await connectionCount() > 0, EdgeLoop.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for loop in loops { try? await loop.eventLoop.submit { loop.closeAll() }.get() }
        for app in apps { await app.stop(deadline: deadline) }
        await finish()
    }

    /// Ends everything at once.
    package func kill() {
        for app in apps { app.kill() }
    }

    private func connectionCount() async -> Int {
        var count = 0
        for loop in loops { count += (try? await loop.eventLoop.submit { loop.connectionCount }.get()) ?? 0 }
        return count
    }

    private func finish() async {
        try? await group.shutdownGracefully()
        try? await controlGroup.shutdownGracefully()
        logger.notice("server.stopped")
        accessWriter?.flush()
        logWriter.flush()
    }
}

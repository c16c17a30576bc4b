import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirRuntimes
import WeirTelemetry

/// The whole of it: event loops, listeners, generations of apps, logs; started and stopped in order. What may change
/// while it runs is in `Server+Reload.swift` and `Server+Upgrade.swift`.
package final class Server: Sendable {
    struct State {
        var generation: Generation
        /// Those that were replaced and still finish what they had begun.
        var retiring: [(generation: Generation, end: Task<Void, Never>)] = []
        /// The last change that was asked for; the next waits for it.
        var change: Task<ReloadReport, Never>?
        var isStopping = false
    }

    /// Reads the configuration again, from where it came the first time.
    let loadConfiguration: @Sendable () throws -> Configuration
    let logs: Logs
    var logger: Logger { logs.logger }
    let group: MultiThreadedEventLoopGroup
    /// Pools, timers and the admin listener: what must answer even when the edge is busy.
    private let controlGroup: MultiThreadedEventLoopGroup
    let loops: [EdgeLoop]
    let adminLoop: EdgeLoop
    let warmUp: WarmUp
    let assembly: Assembly
    /// Programs and schedules beside the apps.
    let supervision: Supervision
    let listeners: Listeners
    let state: Mutex<State>

    /// After this the pools have started, or will take longer than it matters.
    private static let startupTime = TimeAmount.seconds(1)

    /// Prepares everything that can fail before a port is taken.
    package init(
        _ configuration: Configuration, reloading: @escaping @Sendable () throws -> Configuration, logs: Logs,
        inherited: [String: [ListeningSocket]] = [:]
    ) throws {
        let settings = configuration.settings
        self.loadConfiguration = reloading
        self.logs = logs
        // Where that is refused, the limit that stays is warned of when it is too low.
        _ = try? DescriptorLimit.raise()
        let files = ContainerFiles()
        let task = ContainerTask.ofThisProcess(logger: logs.logger)
        let resources = Resources.read(settings.resources, files, task: task)
        let count = settings.loops ?? EventLoopCount.loops(cores: resources.cores)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.group = group
        controlGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let control = controlGroup.next()
        let admission = ConnectionAdmission(
            limit: settings.limits.connections, perAddress: settings.limits.connectionsPerAddress)
        let accessLog = try logs.open(settings.accessLog, loops: count)
        logs.use(accessLog)
        // Every event loop counts for itself, the control loop as the last.
        let metrics = ServerMetrics(loops: count + 1)
        // Apps need the loops, and the loops what leads to the apps: they begin with nothing.
        let empty = EdgeShared(
            settings: settings, routing: .empty, rotation: Rotation(), accessLog: accessLog?.log, admission: admission,
            metrics: metrics, errorPages: .none, logger: logs.logger)
        loops = (0..<count).map { EdgeLoop(eventLoop: group.next(), index: $0, shared: empty) }
        adminLoop = EdgeLoop(eventLoop: control, index: count, shared: empty)
        warmUp = WarmUp(
            loop: EdgeLoop(eventLoop: loops[0].eventLoop, index: 0, number: count + 1, shared: empty),
            logger: logs.logger)
        supervision = Supervision(control: control, logger: logs.logger)
        let measurements = Measurements(
            metrics: metrics, loops: loops, supervision: supervision, logs: logs, files: files, task: task)
        let operations = Operations(measurements, logger: logs.logger)
        assembly = Assembly(
            loops: loops, control: control, pages: StatusPages(operations, admission), admission: admission,
            operations: operations,
            sizing: Sizing(
                settings, files: files, task: task, supervision: supervision, loops: count, control: control,
                logger: logs.logger),
            logger: logs.logger)
        listeners = Listeners(loops: loops, adminLoop: adminLoop, inherited: inherited, logger: logs.logger)
        let first = try assembly.generation(1, settings, accessLog: accessLog?.log)
        state = Mutex(State(generation: first))
        operations.take(commandsFor: self)
    }

    var generation: Generation { state.withLock { $0.generation } }

    /// Takes the ports, gives up root, starts the pools. Returns the addresses that are listened on. `whenReady`: takes
    /// no connection before the apps are ready, and throws when they cannot be. `beforeAccepting` is the last thing to wait for.
    package func start(
        whenReady: Bool, beforeAccepting: @escaping @Sendable () async -> Void = {}
    ) async throws -> [String] {
        for loop in allLoops { try await loop.eventLoop.submit { loop.start() }.get() }
        let first = generation
        assembly.sizing.start()
        let change = try await listeners.prepare(first.settings)
        try Privileges.drop(to: first.settings.user, logger: logger)
        watch(first.apps)
        begin(first.apps)
        if whenReady { try await prepare(first.apps, of: first) }
        await adopt(first)
        await beforeAccepting()
        try await listeners.accept(change)
        await listeners.commit(change)
        if !whenReady { warmUpMeanwhile(first) }
        adminLoop.eventLoop.scheduleTask(in: Self.startupTime) { ProcessMemory.forgetStartupCode() }
        return change.addresses
    }

    private var allLoops: [EdgeLoop] { loops + [adminLoop, warmUp.loop] }

    /// Waits until these apps can serve, and warms them up.
    func prepare(_ apps: [App], of generation: Generation) async throws {
        for app in apps {
            try await app.waitUntilReady()
            try await warmUp.run(app, shared: assembly.shared(for: app, of: generation))
            app.becameWarm()
        }
    }

    /// Requests are taken already, as there is nobody else to take them; `/ready` says when it is done.
    private func warmUpMeanwhile(_ first: Generation) {
        guard first.apps.contains(where: { !$0.isWarm }) else { return }
        Task {
            do {
                try await prepare(first.apps, of: first)
            } catch {
                logger.error("app.not_warmed", metadata: ["reason": "\(error)"])
                for app in first.apps { app.becameWarm() }
            }
        }
    }

    /// Requests that are complete from now on go to this generation. Cannot fail, so that it is never in force on some
    /// loops only: one that takes no task has ended, and its connections with it.
    func adopt(_ generation: Generation) async {
        for loop in loops + [adminLoop] {
            try? await loop.eventLoop.submit { loop.adopt(generation.shared) }.get()
        }
        assembly.measurements.show(generation)
        assembly.sizing.use(generation.settings)
        supervision.use(generation.supervision)
    }

    /// Starts what runs beside the apps. `since`: when the process that this one replaces stopped its own, in seconds since
    /// 1970: what was due after it is made up for.
    package func startProcesses(since: Int? = nil) { supervision.begin(since: since) }

    /// Stops accepting, finishes what is in flight within the graceful timeout, then ends the workers. The programs beside
    /// the apps are told to end at the same time, and each has its own timeout; `processesEnded` is called when none of
    /// them is left.
    package func stop(processesEnded: @escaping @Sendable () async -> Void = {}) async {
        let programs = Task { [supervision] in
            await supervision.stop()
            await processesEnded()
        }
        let (last, retiring, change) = state.withLock { state in
            state.isStopping = true
            return (state.generation, state.retiring, state.change)
        }
        _ = await change?.value
        let graceful = last.settings.timeouts.graceful
        logger.notice("server.stopping", metadata: ["graceful": "\(graceful.configured)"])
        await listeners.close()
        for loop in allLoops { try? await loop.eventLoop.submit { loop.drain() }.get() }
        let deadline = EdgeLoop.now + graceful
        while await connectionCount() > 0, EdgeLoop.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for loop in allLoops { try? await loop.eventLoop.submit { loop.closeAll() }.get() }
        for old in retiring { await old.end.value }
        // It may have changed while the stop was asked for.
        for app in generation.apps { await app.drain(deadline: deadline) }
        await programs.value
        try? await group.shutdownGracefully()
        try? await controlGroup.shutdownGracefully()
        logger.notice("server.stopped")
        logs.flush()
    }

    /// Ends everything at once.
    package func kill() {
        let generations = state.withLock { [$0.generation] + $0.retiring.map(\.generation) }
        for generation in generations {
            for app in generation.apps { app.kill() }
        }
        supervision.kill()
    }

    private func connectionCount() async -> Int {
        var count = 0
        for loop in loops { count += (try? await loop.eventLoop.submit { loop.connectionCount }.get()) ?? 0 }
        return count
    }
}

import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirTelemetry

/// Carries out what an app's ``PoolStateMachine`` decides: has its ``WorkerLauncher`` start, end and kill processes, and
/// watches what they use. Lives on the control loop; requests never pass through here.
package final class ManagedPool: @unchecked Sendable {
    package let control: any EventLoop
    let loops: [EdgeLoop]
    let logger: Logger
    package private(set) var gateway: AppGateway

    let app: AppSettings
    private let program: PoolProgram
    /// How long a worker that was told to leave may take.
    let drainTimeout: Nanoseconds
    private(set) lazy var launcher: any WorkerLauncher = program.launcher(for: self, app)
    let facts = Mutex(GuestFacts())
    /// What applications report of themselves.
    package let reports: ApplicationReports
    /// Which paths make workers grow.
    let growth = Mutex(MemoryGrowth())
    package var growthByPath: [MemoryGrowth.Path] { growth.withLock { $0.most } }
    private var ticking: RepeatedTask?
    var stopped: EventLoopPromise<Void>?
    /// Workers crash so often that all of them should be replaced. Set before the start.
    package var onEmergency: (@Sendable (String) -> Void)?
    package let memory = WorkerMemory()
    let memoryLimits: MemoryLimits
    let pressure: PressureWatch
    let logGrowth: Bytes?
    var growthLog = LogSampler(interval: ManagedPool.growthLogInterval)
    let concurrency: ConcurrencyControl?
    /// How many requests may run at once, and why; nil: the settings do not want it adapted.
    package var concurrencyExplanation: Explanation? { concurrency?.explanation }
    package let cpu = WorkerCPU()

    private static let tickInterval = TimeAmount.milliseconds(100)
    /// Workers that compute may be many, and the event loops few. Without this a loop waits for its turn among them while
    /// requests pile up before the queue, where nobody counts or sheds them. Measured: one core, 16 workers, three times
    /// the load it carries: p99 of what is answered 4.8 s without, 1.0 s with (`queue.timeout`). At 10 the loops
    /// interrupt workers so often that it costs a tenth of the throughput.
    static let niceness: Int32 = 5

    package init(
        app: AppSettings, lanes: [LanePolicy], program: PoolProgram, automatic: Int, cores: Double,
        graceful: Nanoseconds,
        loops: [EdgeLoop], control: any EventLoop, pressure: PressureWatch,
        metrics: ReportedMetrics, logger: Logger
    ) {
        self.app = app
        reports = ApplicationReports(metrics: metrics, logger: logger)
        memoryLimits = MemoryLimits(soft: app.pool.maxMemory, hard: app.pool.maxMemoryHard)
        self.pressure = pressure
        logGrowth = app.pool.logGrowth
        self.control = control
        self.loops = loops
        self.program = program
        concurrency = ConcurrencyControl(app, cores: cores)
        self.logger = logger
        let configuration = PoolConfiguration(app, automatic: automatic, graceful: graceful)
        drainTimeout = configuration.drainTimeout
        let relay = ActionRelay()
        gateway = AppGateway(
            lanes: lanes, loops: loops.count, balance: app.balance, encoder: program.encoder(for: app),
            retry: app.retry, pool: PoolStateMachine(configuration, seed: .random(in: .min ... .max)),
            logger: logger, onActions: { relay.carryOut($0) }
        )
        relay.pool = self
    }

    /// Breaks the circle between a gateway and the pool that carries out its decisions.
    private final class ActionRelay: @unchecked Sendable {
        weak var pool: ManagedPool?

        func carryOut(_ actions: [PoolStateMachine.Action]) {
            guard let pool else { return }
            pool.control.execute { pool.carryOut(actions) }
        }
    }

    // MARK: Life

    package func start() {
        control.execute { [self] in
            gateway.decidePool { pool, _ in pool.start(now: EdgeLoop.now) }
            pressure.add(self)
            ticking = control.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { _ in
                self.tick()
            }
        }
    }

    package enum Readiness: Equatable, Sendable {
        case starting
        case ready
        case failed(String)
    }

    /// Ready: every worker that it begins with is up. What fails once while it starts has failed.
    package var readiness: Readiness {
        guard let status = gateway.poolSnapshot()?.status else { return .ready }
        if status.failures > 0 { return .failed(status.lastFailure ?? "its workers do not start") }
        guard status.forkServer == .ready, status.starting == 0 else { return .starting }
        return status.idle + status.busy > 0 || status.target == 0 ? .ready : .starting
    }

    private func tick() {
        let now = EdgeLoop.now
        gateway.shedOverdue(now: now)
        launcher.tick(now: now)
        gateway.decidePool { pool, queued in pool.tick(queued: queued, now: now) }
        let workers = gateway.poolSnapshot()?.workers ?? []
        watchMemory(now: now)
        cpu.measure(server: launcher.serverPID, workers: workers.compactMap { $0.isLive ? $0.pid : nil })
        concurrency?.tick(gateway, workers, now: now)
        if gateway.isPoolStopped { stopped?.succeed() }
    }

    /// Ends all workers: idle ones now, busy ones after their request. Complete when no process is left.
    package func stop() -> EventLoopFuture<Void> {
        control.flatSubmit { [self] in
            let promise = control.makePromise(of: Void.self)
            stopped = promise
            gateway.decidePool { pool, _ in pool.beginStop(now: EdgeLoop.now) }
            return promise.futureResult.always { [self] _ in
                stopped = nil
                ticking?.cancel()
                pressure.remove(self)
            }
        }
    }

    /// Replaces them one after the other: each once its successor can start, and after its request.
    package func recycle(_ workers: [WorkerID]) {
        control.execute { [self] in
            gateway.decidePool { pool, _ in
                for worker in workers { pool.recycle(worker, reason: .requested) }
                return []
            }
        }
    }

    package func kill(_ reason: KillReason) {
        control.execute { [self] in
            gateway.decidePool { pool, _ in pool.killAll(reason, now: EdgeLoop.now) }
        }
    }
}

import CWeirSystem
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess

/// Carries out what an app's ``PoolStateMachine`` decides: starts the fork server, has workers forked, connects them to
/// event loops, kills and reaps. Lives on the control loop; requests never pass through here.
package final class ManagedPool: @unchecked Sendable {
    let name: String
    package let control: any EventLoop
    let loops: [EdgeLoop]
    private(set) var program: ChildProcess
    let logger: Logger
    package private(set) var gateway: FastCGIGateway

    private(set) var forkServer: ForkServer?
    /// What the guest said of itself.
    var guest = GuestFacts()
    /// What the fork server said of its failure before it ended.
    private var bootFailure: String?
    /// Workers that outlived the fork server they came from: nobody tells of their end, so that it is looked for.
    private var orphans: [Int32: WorkerID] = [:]
    /// Connections made for workers that were not reported as forked yet.
    private var ends: [WorkerID: Int32] = [:]
    private var lastWords: [WorkerID: LastWords] = [:]
    private var nextLoop = 0
    private var ticking: RepeatedTask?
    private var stopped: EventLoopPromise<Void>?
    /// Workers crash so often that all of them should be replaced. Set before the start.
    package var onEmergency: (@Sendable (String) -> Void)?
    package let memory = WorkerMemory()
    let memoryLimits: MemoryLimits
    let pressure: PressureWatch
    let logGrowth: Bytes?
    var growthLog = LogSampler(interval: ManagedPool.growthLogInterval)
    private let concurrency: ConcurrencyControl?
    /// How many requests may run at once, and why; nil: the settings do not want it adapted.
    package var concurrencyExplanation: Explanation? { concurrency?.explanation }
    package let cpu = WorkerCPU()

    private static let tickInterval = TimeAmount.milliseconds(100)
    /// Workers that compute may be many, and the event loops few. Without this a loop waits for its turn among them while
    /// requests pile up before the queue, where nobody counts or sheds them. Measured: one core, 16 workers, three times
    /// the load it carries: p99 of what is answered 4.8 s without, 1.0 s with (`queue.timeout`). At 10 the loops
    /// interrupt workers so often that it costs a tenth of the throughput.
    private static let niceness: Int32 = 5

    package init(
        app: AppSettings, lanes: [LanePolicy], program: ChildProcess, automatic: Int, cores: Double?,
        loops: [EdgeLoop], control: any EventLoop, pressure: PressureWatch,
        logger: Logger
    ) {
        name = app.name
        memoryLimits = MemoryLimits(soft: app.pool.maxMemory, hard: app.pool.maxMemoryHard)
        self.pressure = pressure
        logGrowth = app.pool.logGrowth
        self.control = control
        self.loops = loops
        self.program = program
        self.program.niceness = Self.niceness
        concurrency = ConcurrencyControl(app, cores: cores)
        self.logger = logger
        let relay = ActionRelay()
        gateway = FastCGIGateway(
            lanes: lanes, loops: loops.count,
            encoder: FastCGIRequestEncoder(
                documentRoot: app.root, entry: app.entry.map(AppEndpoint.path(ofEntry:)), keepsConnection: true,
                environment: [:]
            ),
            retry: app.retry,
            pool: PoolStateMachine(PoolConfiguration(app, automatic: automatic), seed: .random(in: .min ... .max)),
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
        lookForOrphans()
        gateway.decidePool { pool, queued in pool.tick(queued: queued, now: now) }
        let workers = gateway.poolSnapshot()?.workers ?? []
        watchMemory(now: now)
        cpu.measure(server: forkServer?.pid, workers: workers.compactMap { $0.isLive ? $0.pid : nil })
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

    package func kill() {
        control.execute { [self] in
            gateway.decidePool { pool, _ in pool.killAll(now: EdgeLoop.now) }
        }
    }

    // MARK: Actions

    private func carryOut(_ actions: [PoolStateMachine.Action]) {
        for action in actions {
            switch action {
            case .startForkServer: startForkServer()
            case .stopForkServer: forkServer?.close()
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

    private func askForStack(_ id: WorkerID) {
        guard let forkServer, let worker = gateway.worker(id) as? WorkerConnection else { return }
        worker.withToken { token in try? forkServer.askForStack(worker: id.index, token: token) }
    }

    private func logSlow(_ id: WorkerID, _ token: UInt16, _ frames: [String]) {
        guard let worker = gateway.worker(id) as? WorkerConnection else { return }
        worker.describe(token) { [logger] request, path, seconds in
            var metadata: Logger.Metadata = [
                "pid": "\(worker.pid)", "request": "\(request)", "path": "\(path)", "seconds": "\(seconds)",
            ]
            for (index, frame) in frames.enumerated() { metadata["frame\(index < 10 ? "0" : "")\(index)"] = "\(frame)" }
            logger.warning("request.slow", metadata: metadata)
        }
    }

    private func startForkServer() {
        do throws(SystemError) {
            let log = try GuestLog(on: control) { [logger] in GuestLog.log($0, to: logger, pid: nil, request: "") }
            forkServer = try ForkServer(program, output: log.descriptor, error: log.descriptor) { [weak self] event in
                guard let self else { return }
                control.execute { self.take(event) }
            }
        } catch {
            forkServerFailed(error.description)
        }
    }

    private func forkServerFailed(_ reason: String) {
        let reason = bootFailure ?? reason
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

    private func spawn(_ id: WorkerID) {
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
                    GuestLog.log(line, to: logger, pid: nil, request: "")
                }
            }
            try forkServer.fork(worker: id.index, connection: pair[1], standardError: log.descriptor)
        } catch {
            forkFailed(id, error.description)
        }
    }

    private func forkFailed(_ id: WorkerID, _ reason: String) {
        logger.error("worker.fork_failed", metadata: ["worker": "\(id.index)", "reason": "\(reason)"])
        if let end = ends.removeValue(forKey: id) { close(end) }
        gateway.decidePool { pool, _ in pool.forkFailed(id, reason: reason, now: EdgeLoop.now) }
    }

    private func kill(_ id: WorkerID, _ reason: KillReason) {
        logger.warning("worker.killed", metadata: ["worker": "\(id.index)", "reason": "\(reason.rawValue)"])
        if reason == .requestTimeout { gateway.worker(id)?.giveUp() }
        if reason == .maxMemory { (gateway.worker(id) as? WorkerConnection)?.sayTooLarge() }
        if let end = ends.removeValue(forKey: id) { close(end) }
        signal(id, directly: reason == .stopping)
    }

    /// Through the fork server, which knows whether the pid is still the worker's; directly when it is killed as well.
    private func signal(_ id: WorkerID, directly: Bool = false) {
        guard let worker = gateway.poolSnapshot()?.workers[id.index], worker.isLive, let pid = worker.pid else {
            return
        }
        let parent = directly || orphans[pid] != nil ? nil : forkServer
        if let parent, (try? parent.kill(worker: id.index, signal: SIGKILL)) != nil { return }
        Glibc.kill(pid, SIGKILL)
    }

    // MARK: Events

    private func take(_ event: ForkServer.Event) {
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
        case .limits(let memory): guest.memoryLimit = memory.map { Bytes($0) } ?? Bytes(-1)
        case .opcache(let report): guest.opcache = report
        // Nothing is known then, and nothing is said.
        case .opcacheFailed: break
        case .closed: forkServerFailed("it closed its control socket")
        }
    }

    private func exited(_ id: WorkerID, pid: Int32, _ reason: String, isCrash: Bool) {
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

    private func lookForOrphans() {
        for (pid, id) in orphans where Glibc.kill(pid, 0) != 0 && errno == ESRCH {
            orphans[pid] = nil
            exited(id, pid: pid, "unknown: its fork server is gone", isCrash: true)
        }
    }

    /// Puts the server's end of the worker's socket on an event loop, in turn.
    private func connect(_ id: WorkerID, pid: Int32) {
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

    private func events(pid: Int32) -> WorkerConnection.Events {
        WorkerConnection.Events(
            ready: { [gateway] in gateway.add($0) },
            finished: { [gateway] in gateway.finished($0.id, pid: $0.pid) },
            closed: { [weak self, gateway] worker in
                gateway.remove(worker.id, pid: worker.pid, isClosed: true)
                guard let self else { return }
                control.execute { self.connectionClosed(worker) }
            },
            lost: { [gateway] in gateway.lost($1, $2, by: $0.pid, after: $3) },
            said: { [logger] worker, text, request in
                GuestLog.log(text, to: logger, pid: worker.pid, request: request)
            },
            growth: growthEvents
        )
    }

    /// Usually the worker is gone, or leaves because its connection is. One that stays without a connection is of no
    /// use.
    private func connectionClosed(_ worker: WorkerConnection) {
        guard let state = gateway.poolSnapshot()?.workers[worker.id.index], state.pid == worker.pid, state.isLive else {
            return
        }
        if !state.isLeaving { signal(worker.id) }
    }
}

extension PoolConfiguration {
    /// `automatic`: the most workers where the settings leave that open.
    init(_ app: AppSettings, automatic: Int) {
        let pool = app.pool
        let most = pool.maxWorkers ?? automatic
        let manager: Manager =
            switch pool.manager {
            case .static: .static(count: most)
            case .auto, .dynamic:
                .dynamic(start: pool.start, minSpare: pool.minSpare, maxSpare: pool.maxSpare, max: most)
            case .ondemand: .ondemand(idleTimeout: pool.processIdleTimeout, max: most)
            }
        self.init(
            manager: manager, maxRequests: pool.maxRequests, maxLifetime: pool.maxLifetime,
            maxRequestsJitter: pool.maxRequestsJitter, replaceShare: pool.replaceShare, bootTimeout: pool.bootTimeout,
            requestTimeout: app.timeouts.request, emergencyThreshold: pool.emergencyRestartThreshold,
            emergencyInterval: pool.emergencyRestartInterval, slowAfter: app.timeouts.slowAfter
        )
    }
}

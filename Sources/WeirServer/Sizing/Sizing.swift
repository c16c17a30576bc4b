import Glibc
import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirRuntimes

/// Gives every app's pool its size, from measurements, for the server's whole life: asks each app's ``PoolSizer`` every
/// five seconds, and keeps two generations of an app within the memory while one takes over from the other.
final class Sizing: @unchecked Sendable {
    /// An app in the course of its generations.
    struct Sized {
        var sizer: PoolSizer
        var decision: SizingDecision
        /// The oldest first; the last is the one that requests go to, or will.
        var generations: [App] = []
        var overlap = GenerationOverlap()
        var guest = GuestFacts()
    }

    struct State {
        var settings = Settings()
        var resources: Resources
        var resourcesChanged: Instant?
        var apps: [String: Sized] = [:]
        /// Warnings that are in the log already.
        var said: Set<String> = []
    }

    private static let overlapInterval = TimeAmount.milliseconds(100)
    private static let opcacheEvery = 6

    let control: any EventLoop
    let logger: Logger
    private let files: ContainerFiles
    private let task: ContainerTask?
    let supervision: Supervision
    /// Event loops, each with connections of its own to programs.
    let loops: Int
    let state: Mutex<State>
    /// Of the control loop alone.
    private var meters: [ObjectIdentifier: RequestMeter] = [:]
    private var rounds = 0

    init(
        _ settings: Settings, files: ContainerFiles, task: ContainerTask?, supervision: Supervision,
        loops: Int, control: any EventLoop, logger: Logger
    ) {
        self.loops = loops
        self.files = files
        self.task = task
        self.supervision = supervision
        self.control = control
        self.logger = logger
        state = Mutex(
            State(settings: settings, resources: Resources.read(settings.resources, files, task: task)))
    }

    func start() {
        let every = TimeAmount.nanoseconds(Int64(PoolSizer.interval.count))
        control.scheduleRepeatedTask(initialDelay: every, delay: every) { _ in self.decide() }
        control.scheduleRepeatedTask(initialDelay: Self.overlapInterval, delay: Self.overlapInterval) { _ in
            self.boundGenerations()
        }
    }

    /// These settings are in force.
    func use(_ settings: Settings) {
        state.withLock { state in
            state.settings = settings
            let names = Set(settings.apps.map(\.name))
            state.apps = state.apps.filter { names.contains($0.key) || !$0.value.generations.isEmpty }
        }
    }

    /// What the container may use.
    var cores: Double { state.withLock { $0.resources.cores } }

    // MARK: Generations

    /// The most workers a new generation of the app may have, as far as is known now.
    func maximum(_ app: AppSettings, in settings: Settings) -> Int {
        state.withLock { state in
            if let known = state.apps[app.name]?.decision, app.pool.maxWorkers == nil, known.bound != .configured {
                return known.workers
            }
            var sizer = state.apps[app.name]?.sizer ?? PoolSizer(prior: .php)
            let decision = sizer.decide(input(app, in: settings, [], state: state))
            if state.apps[app.name] == nil { state.apps[app.name] = Sized(sizer: sizer, decision: decision) }
            return decision.workers
        }
    }

    /// Before it starts: it shares the memory with the generations before it from now on.
    func begin(_ app: App) {
        guard case .managed = app.backend else { return }
        state.withLock { $0.apps[app.settings.name]?.generations.append(app) }
        control.execute { self.boundGenerations() }
    }

    /// No process of it is left.
    func end(_ app: App) {
        state.withLock { state in
            state.apps[app.settings.name]?.generations.removeAll { $0 === app }
        }
        control.execute { self.meters[ObjectIdentifier(app)] = nil }
    }

    /// The newest generation of each app gets what the older ones leave, and its own size once it is alone.
    private func boundGenerations() {
        let maxima = state.withLock { state -> [(ManagedPool, Int)] in
            var maxima: [(ManagedPool, Int)] = []
            for name in state.apps.keys {
                guard let sized = state.apps[name], let newest = sized.generations.last, let pool = newest.pool
                else { continue }
                let older = sized.generations.dropLast().reduce(0) { $0 + ($1.pool?.liveWorkers ?? 0) }
                let wanted = newest.settings.pool.maxWorkers ?? sized.decision.workers
                var overlap = sized.overlap
                let bounded = overlap.maximum(
                    wanted: wanted, fitting: sized.decision.bounds.memory.fitting, older: older)
                state.apps[name]?.overlap = overlap
                maxima.append((pool, bounded ?? wanted))
            }
            return maxima
        }
        for (pool, maximum) in maxima { pool.setMaximum(maximum) }
    }

    // MARK: Deciding

    /// On the control loop: reads some small files of every worker.
    private func decide() {
        let asksForOpcache = rounds % Self.opcacheEvery == 0
        rounds += 1
        let (generations, settings) = state.withLock { ($0.apps.mapValues(\.generations), $0.settings) }
        let resources = Resources.read(settings.resources, files, task: task)
        let server = ProcessMemory.proportional(pid: getpid()) ?? 0
        state.withLock { $0.take(resources) }
        for (name, apps) in generations {
            let measured = apps.compactMap { app in app.pool.map { measure($0, of: app) } }
            for app in apps { app.pool?.use(cores: resources.cores) }
            guard let newest = apps.last, let pool = newest.pool else { continue }
            if asksForOpcache { pool.askForOpcache() }
            let change = state.withLock { state -> (from: Int, to: SizingDecision)? in
                guard var sized = state.apps[name] else { return nil }
                let before = sized.decision.workers
                sized.decision = sized.sizer.decide(
                    input(newest.settings, in: settings, measured, server: server, state: state))
                sized.guest = measured.last?.usage.guest ?? GuestFacts()
                state.apps[name] = sized
                return sized.decision.workers == before ? nil : (before, sized.decision)
            }
            if let change { logResize(name, change.from, change.to) }
        }
        boundGenerations()
        warn()
    }

    private func measure(_ pool: ManagedPool, of app: App) -> Measured {
        let usage = pool.usage()
        return Measured(usage: usage, requests: meters[ObjectIdentifier(app), default: RequestMeter()].take(usage))
    }

    /// What the generations of one app use, the newest last.
    struct Measured {
        let usage: PoolUsage
        let requests: SizingInput.Requests
    }

    private func input(
        _ app: AppSettings, in settings: Settings, _ generations: [Measured], server: Bytes? = nil,
        state: State
    ) -> SizingInput {
        let resources = state.resources
        let workers = generations.flatMap(\.usage.workers)
        let known = workers.compactMap { worker in
            worker.memory.map { SizingInput.Worker(requests: worker.requests, ownMemory: $0.own) }
        }
        // Pages of an older generation are as much another's as those of another app.
        let shared = generations.last?.usage.shared
        var others = generations.dropLast().reduce(Bytes(0)) { $0 + ($1.usage.shared ?? 0) }
        for (name, sized) in state.apps where name != app.name { others = others + sized.decision.poolMemory }
        let server = server ?? ProcessMemory.proportional(pid: getpid()) ?? 0
        let own = known.reduce(Bytes(0)) { $0 + $1.ownMemory } + (shared ?? 0)
        let programs = supervision.memory
        let weights = settings.apps.reduce(0) { $0 + ($1.isExternal ? 0 : $1.weight) }
        return SizingInput(
            now: EdgeLoop.now, configured: Self.instances(of: app, in: settings, resources).map { .fixed($0) } ?? .auto,
            memoryLimit: resources.memory, reserveShare: settings.resources.reserve,
            memoryInUse: resources.memoryInUse ?? server + others + programs.inUse + own, server: server,
            otherPools: others, programs: programs,
            workers: known, unmeasured: workers.count - known.count, shared: shared,
            share: Double(app.weight) / Double(max(1, weights)),
            requests: generations.map(\.requests).reduce(.none, +), cores: resources.cores,
            downstream: DownstreamBound(app.downstream))
    }

    private func logResize(_ app: String, _ before: Int, _ decision: SizingDecision) {
        logger.info(
            "pool.resized",
            metadata: [
                "app": "\(app)", "from": "\(before)", "max_workers": "\(decision.workers)", "reason": "\(decision.why)",
            ])
    }

    /// Each warning once.
    private func warn() {
        for warning in report(now: EdgeLoop.now).warnings {
            guard state.withLock({ $0.said.insert("\(warning.code) \(warning.app ?? "")").inserted }) else { continue }
            logger.warning("sizing.does_not_fit", metadata: ["code": "\(warning.code)", "reason": "\(warning.text)"])
        }
    }
}

extension Sizing.State {
    fileprivate mutating func take(_ found: Resources) {
        if !found.hasSameLimits(as: resources) { resourcesChanged = EdgeLoop.now }
        resources = found
    }
}

extension App {
    var pool: ManagedPool? { if case .managed(let pool) = backend { pool } else { nil } }
}

extension DownstreamBound {
    fileprivate init?(_ settings: DownstreamSettings) {
        guard let connections = settings.connections else { return nil }
        self.init(
            connections: connections, reserved: settings.reserved, instances: settings.instances,
            perWorker: settings.perWorker)
    }
}

import WeirConfig
import WeirCore
import WeirProcess
import WeirRuntimes

/// An app at one moment, in plain numbers: what the status and metrics pages are written from. nil is "not known", and
/// is shown nowhere.
struct AppSnapshot: Sendable {
    struct Lane: Sendable {
        var name: String
        var queued: Int
        var running: Int
    }

    /// What is only ever counted up. Belongs to one generation of the app; ``AppHistory`` adds up those that ended.
    struct Totals: Sendable, Equatable {
        var accepted = 0
        var completed = 0
        /// The most at once, ever.
        var maxQueued = 0
        var maxRunning = 0
        /// By lane and reason.
        var shed: [String: [String: Int]] = [:]
        var maxChildrenReached: Int?
        var workerStarts: Int?
        var workerDeaths: Int?
        var bootFailures: Int?
        var workerKills: [String: Int]?
        var recycles: [String: Int]?
        var retries: Int?
        var slowRequests: Int?
        var cpuSeconds: Double?

        /// Over all lanes.
        var shedByReason: [String: Int] { shed.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) } }
        /// Because something was wrong with them: not those that were left when the pool stopped.
        var killedUnwell: Int {
            (workerKills ?? [:]).reduce(0) { $0 + ($1.key == KillReason.stopping.rawValue ? 0 : $1.value) }
        }
    }

    struct Workers: Sendable {
        var starting = 0
        var idle = 0
        var busy = 0
        var leaving = 0
        var target: Int?
    }

    struct Worker: Sendable {
        var pid: Int32
        var isBusy: Bool
        var requests: Int
    }

    /// How a quantity is spread over an app's workers, in bytes.
    struct Spread: Sendable, Equatable {
        var median: Int
        var p95: Int
        var max: Int
    }

    var name: String
    var manager: String
    var queueLimit: Int
    var lanes: [Lane]
    var longestWait: Nanoseconds
    var meanService: Nanoseconds?
    var totals: Totals
    var workers: Workers
    var maxWorkers: Int?
    /// Those that are idle or busy; of an external server none.
    var processes: [Worker] = []
    var concurrencyLimit: Int?
    var proportionalMemory: Spread?
    var privateMemory: Spread?
    var generation: Int?
    /// nil: it is off, or not known.
    var opcache: OpcacheReport?
    /// Each process of a program that speaks HTTP.
    var programs: [ProgramStatus]?

    var queued: Int { lanes.reduce(0) { $0 + $1.queued } }
    var running: Int { lanes.reduce(0) { $0 + $1.running } }
}

extension AppSnapshot.Spread {
    /// By nearest rank; nil: nothing was measured.
    ///
    ///     rank(q) = ceil(q × n)
    ///
    /// Of 10, 20, 30 and 40: median 20, p95 40.
    init?(_ values: [Int]) {
        let sorted = values.sorted()
        guard let last = sorted.last else { return nil }
        func rank(_ share: Double) -> Int { sorted[Swift.max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)] }
        self.init(median: rank(0.5), p95: rank(0.95), max: last)
    }
}

extension AppSnapshot {
    init(_ app: App, now: Instant) {
        let queue = app.gateway.snapshot(now: now)
        var totals = Totals(
            accepted: queue.accepted, completed: queue.completed, maxQueued: queue.maxQueued,
            maxRunning: queue.maxRunning, retries: queue.retried)
        for lane in queue.lanes {
            for reason in Shed.Reason.allCases {
                totals.shed[lane.name, default: [:]][reason.rawValue] = lane.shed[reason]
            }
        }
        self.init(
            name: app.settings.name, manager: "static", queueLimit: app.settings.queue.limit,
            lanes: queue.lanes.map { Lane(name: $0.name, queued: $0.queued, running: $0.running) },
            longestWait: queue.longestWait, meanService: queue.meanServiceTime, totals: totals,
            workers: Workers(idle: queue.isAvailable ? queue.idle : 0, busy: queue.running),
            maxWorkers: app.settings.pool.maxWorkers,
            concurrencyLimit: queue.concurrencyLimit, generation: app.generation
        )
        programs = app.programs
        if case .managed(let pool) = app.backend, let snapshot = pool.gateway.poolSnapshot() {
            manager = app.settings.pool.manager.rawValue
            add(snapshot.status)
            self.totals.cpuSeconds = pool.cpu.total.seconds
            add(snapshot.workers, memory: pool.memory)
            opcache = pool.guest.opcache
        }
    }

    private mutating func add(_ pool: PoolStatus) {
        workers = Workers(
            starting: pool.starting, idle: pool.idle, busy: pool.busy, leaving: pool.leaving, target: pool.target
        )
        totals.maxChildrenReached = pool.tally.maxReached
        totals.workerStarts = pool.tally.started
        totals.workerDeaths = pool.tally.died
        totals.bootFailures = pool.tally.bootFailures
        totals.workerKills = Dictionary(
            uniqueKeysWithValues: KillReason.allCases.map { ($0.rawValue, pool.tally.kills[$0]) })
        totals.recycles = Dictionary(
            uniqueKeysWithValues: RecycleReason.allCases.map { ($0.rawValue, pool.tally.recycles[$0]) })
        totals.slowRequests = pool.tally.slowRequests
        maxWorkers = pool.maximum
    }

    private mutating func add(_ workers: [WorkerStateMachine], memory: WorkerMemory) {
        processes = workers.compactMap { worker in
            guard let pid = worker.pid, worker.isServing else { return nil }
            return Worker(pid: pid, isBusy: worker.isBusy, requests: worker.requests)
        }
        let known = workers.compactMap { $0.pid.flatMap { memory[$0] } }
        proportionalMemory = Spread(known.map(\.proportional.count))
        privateMemory = Spread(known.map(\.own.count))
    }
}

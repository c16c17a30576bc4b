@testable import WeirCore

/// A container, an app and what happens to them, drawn from a seed.
struct SimulationPlan {
    let seed: UInt64
    var cores: Double
    var limit: Bytes
    var server = Bytes.mebibytes(30)
    var others = Bytes.mebibytes(12)
    var shared: Bytes
    /// A worker's own memory once it is grown; workers differ from it by a few percent.
    var grown: Bytes
    /// One request in so many leaves `leak` behind; 0: none does.
    var leaksOneIn = 0
    var leak: Bytes = 0
    /// Means, in seconds.
    var cpuPerRequest: Double
    var waitPerCPU: Double
    /// Mean time until a client gives up.
    var patience: Double
    /// One in so many may be run again when its worker dies.
    var mayComeAgainOneIn = 2
    var lanes: [LanePolicy]
    var loops: Int
    var pool: PoolConfiguration
    var faults: SimulatedFaults
    /// The memory limit comes down to this share of itself, or what is in use allows, half way through.
    var loweredTo: Double?
    /// Workers are as the sizer's model has them: then nobody may be killed for memory.
    var isWithinTheModel = false
    /// In parts of the capacity: the load is drawn anew from this range every few seconds.
    var load: ClosedRange<Double>
    var calmLoad = 0.4
    /// Faults and load end then; light load goes on until `end`.
    var calmAfter: Nanoseconds
    var end: Nanoseconds

    var hasCalm: Bool { end > calmAfter + .seconds(20) }
    /// Requests a second that the cores can do.
    var capacity: Double { cores / cpuPerRequest }

    /// Anything goes wrong.
    static func faulty(_ seed: UInt64) -> SimulationPlan {
        var generator = SeededGenerator(seed: seed &* 0x9E37_79B9)
        var plan = SimulationPlan(seed: seed, &generator)
        plan.faults = generator.oneIn(3) ? .many : .some
        plan.leaksOneIn = generator.oneIn(2) ? 10 : 0
        plan.leak = generator.oneIn(2) ? .mebibytes(5) : .mebibytes(60)
        plan.loweredTo = generator.oneIn(4) ? 0.6 : nil
        if generator.oneIn(2) { plan.load = 0.2...1.2 }
        if generator.oneIn(3) { plan.limit = plan.limit * 0.5 }
        return plan
    }

    /// Nothing fails, and workers are as the sizer's model has them: then memory must suffice.
    static func withinTheModel(_ seed: UInt64) -> SimulationPlan {
        var generator = SeededGenerator(seed: seed &* 0x9E37_79B9)
        var plan = SimulationPlan(seed: seed, &generator)
        plan.isWithinTheModel = true
        plan.waitPerCPU += 3
        plan.loweredTo = generator.oneIn(2) ? 0.7 + generator.fraction() * 0.25 : nil
        plan.load = 0.5...3
        plan.limit = .mebibytes(300 + generator.below(500))
        return plan
    }

    /// The same load all the time.
    static func steady(_ seed: UInt64, load: Double, for span: Nanoseconds) -> SimulationPlan {
        var plan = withinTheModel(seed)
        plan.loweredTo = nil
        plan.load = load...load
        plan.waitPerCPU = 2 + plan.waitPerCPU / 5
        plan.patience = 8
        plan.calmLoad = load
        plan.calmAfter = span
        plan.end = span
        plan.lanes = [LanePolicy(name: "default", limit: 40, timeout: .seconds(2))]
        return plan
    }

    private init(seed: UInt64, _ generator: inout SeededGenerator) {
        self.seed = seed
        cores = [0.5, 1, 1.5, 2][generator.below(4)]
        limit = .mebibytes(500 + generator.below(1_000))
        shared = .mebibytes(20 + generator.below(40))
        grown = .mebibytes(20 + generator.below(50))
        cpuPerRequest = cores / (6 + generator.fraction() * 8)
        waitPerCPU = generator.fraction() * 6
        patience = 0.5 + generator.fraction() * 6
        lanes = [Self.lane("default", &generator)]
        if generator.oneIn(2) {
            var second = Self.lane("second", &generator)
            second.concurrency = 1 + generator.below(3)
            second.priority = LanePolicy.Priority.allCases[generator.below(3)]
            lanes.append(second)
        }
        loops = 1 + generator.below(3)
        pool = Self.pool(&generator)
        faults = .none
        load = 0.2...3.5
        calmAfter = .seconds(12)
        end = .seconds(38)
    }

    private static func lane(_ name: String, _ generator: inout SeededGenerator) -> LanePolicy {
        LanePolicy(
            name: name, limit: 2 + generator.below(30), timeout: .milliseconds(300 + generator.below(2_700)),
            newestFirstAfter: generator.oneIn(3) ? .milliseconds(generator.below(500)) : nil)
    }

    private static func pool(_ generator: inout SeededGenerator) -> PoolConfiguration {
        let manager: PoolConfiguration.Manager =
            switch generator.below(3) {
            case 0: .static(count: 1)
            case 1: .dynamic(start: nil, minSpare: 1 + generator.below(3), maxSpare: 2 + generator.below(5), max: 1)
            default: .ondemand(idleTimeout: .milliseconds(500 + generator.below(3_000)), max: 1)
            }
        return PoolConfiguration(
            manager: manager, maxRequests: generator.oneIn(3) ? 0 : 8 + generator.below(60),
            maxLifetime: generator.oneIn(2) ? nil : .seconds(5 + generator.below(20)),
            maxRequestsJitter: generator.fraction(), replaceShare: generator.fraction() / 2, bootTimeout: .seconds(2),
            requestTimeout: .seconds(6), drainTimeout: .seconds(1))
    }
}

extension PoolConfiguration.Manager {
    func with(max: Int) -> Self {
        switch self {
        case .static: .static(count: max)
        case .dynamic(let start, let minSpare, let maxSpare, _):
            .dynamic(start: start, minSpare: minSpare, maxSpare: maxSpare, max: max)
        case .ondemand(let idleTimeout, _): .ondemand(idleTimeout: idleTimeout, max: max)
        }
    }
}

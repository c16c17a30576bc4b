@testable import WeirCore

/// An app whose processes run many requests at once, and what happens to it, drawn from a seed.
struct ProcessSimulationPlan {
    let seed: UInt64
    var pool: PoolConfiguration
    var lane: LanePolicy
    var slowStart: Nanoseconds
    /// Requests a second.
    var load: Double
    var serviceTime: Double
    /// Each once in so many times.
    var forkFails = 0
    var bootFails = 0
    var bootHangs = 0
    var dies = 0
    var hangs = 0
    var ignoresRetirement = 0
    /// A tick.
    var blocks = 0
    var meddling = 0
    var calmAfter = Nanoseconds.seconds(8)
    var end = Nanoseconds.seconds(22)

    static let requestTimeout = Nanoseconds.seconds(3)

    init(_ seed: UInt64) {
        self.seed = seed
        var generator = SeededGenerator(seed: seed &* 0x9E37_79B9)
        let max = 1 + generator.below(5)
        let manager: PoolConfiguration.Manager =
            switch generator.below(4) {
            case 0: .dynamic(start: nil, minSpare: 1, maxSpare: 1 + generator.below(3), max: max)
            case 1: .ondemand(idleTimeout: .milliseconds(500 + generator.below(3_000)), max: max)
            default: .static(count: max)
            }
        pool = PoolConfiguration(
            manager: manager, requestsAtOnce: [1, 2, 8, 64][generator.below(4)],
            maxRequests: generator.oneIn(2) ? 0 : 20 + generator.below(200),
            maxLifetime: generator.oneIn(2) ? nil : .seconds(2 + generator.below(6)),
            maxRequestsJitter: generator.fraction() / 2, replaceShare: generator.fraction() / 2,
            bootTimeout: .seconds(2), drainTimeout: .seconds(4))
        lane = LanePolicy(name: "default", limit: 5 + generator.below(100), timeout: .seconds(2))
        slowStart = generator.oneIn(2) ? .zero : .milliseconds(generator.below(5_000))
        serviceTime = 0.005 + generator.fraction() * 0.2
        let places = Double(max * pool.requestsAtOnce)
        load = min(100, places / serviceTime * (0.1 + generator.fraction() * 1.5))
        forkFails = generator.oneIn(2) ? 0 : 10
        bootFails = generator.oneIn(2) ? 0 : 4
        bootHangs = generator.oneIn(2) ? 0 : 10
        dies = generator.oneIn(3) ? 0 : 300
        hangs = generator.oneIn(2) ? 0 : 80
        ignoresRetirement = generator.oneIn(2) ? 0 : 3
        blocks = generator.oneIn(2) ? 0 : 8
        meddling = generator.oneIn(2) ? 0 : 8
    }
}

/// Faults in how queue and pool are put together, which the simulation has to find.
enum ProcessCanary: String, CaseIterable {
    /// A process is to leave, and the queue does not hear of it.
    case forgetsRetirement
    /// Only the first of the places that became free is filled.
    case handsOutOne
    /// The pool is not told that a request has timed out.
    case forgetsTimedOut
    /// A process that died gets its own requests again.
    case returnsBeforeRetiring
    /// A retired process is closed under its requests.
    case closesAtOnce
}

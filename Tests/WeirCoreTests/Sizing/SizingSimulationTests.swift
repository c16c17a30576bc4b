import Testing

@testable import WeirCore

/// The sizer in a simulated container, from seeds: never beyond the limit, no yo-yo, close to the best size that trying
/// finds. Two spoilt sizers show that the checks see something.
@Suite struct SizingSimulationTests {
    enum Variant { case genuine, undamped, runDelayAsWait }

    struct Outcome {
        var sizes: [Int] = []
        var beyondLimit = 0

        func changes(in steps: Range<Int>) -> Int {
            steps.dropFirst().count { sizes[$0] != sizes[$0 - 1] }
        }
    }

    static let seeds = Array(UInt64(1)...12)

    @Test(arguments: seeds)
    func underSteadyLoadItFindsTheBestSizeAndStays(seed: UInt64) {
        let load = Self.randomLoad(seed)
        let outcome = Self.run(load, seed: seed)
        let best = SizingWorld.bestSize(of: load, seed: seed)
        #expect(Self.isClose(outcome.sizes.last, to: best), "\(outcome.sizes.last ?? 0), best \(best)")
        #expect(outcome.changes(in: 240..<600) <= 2)
        #expect(outcome.beyondLimit == 0)
    }

    @Test(arguments: seeds)
    func itFollowsALowerLimitAtOnceAndAHigherOneInSteps(seed: UInt64) {
        var load = Self.randomLoad(seed)
        load.limit = max(.mebibytes(768), load.limit)
        let outcome = Self.run(load, seed: seed) { step, load in
            if step == 200 { load.limit = load.limit * 0.6 }
            if step == 400 { load.limit = load.limit * 2 }
        }
        #expect(outcome.beyondLimit == 0)
        var lowered = load
        lowered.limit = load.limit * 0.6
        let best = SizingWorld.bestSize(of: lowered, seed: seed)
        #expect(Self.isClose(outcome.sizes[399], to: best), "\(outcome.sizes[399]), best \(best)")
        lowered.limit = load.limit * 1.2
        let later = SizingWorld.bestSize(of: lowered, seed: seed)
        #expect(Self.isClose(outcome.sizes[599], to: later), "\(outcome.sizes[599]), best \(later)")
    }

    @Test(arguments: seeds)
    func itFollowsWhatRequestsDo(seed: UInt64) {
        let load = Self.randomLoad(seed)
        let outcome = Self.run(load, seed: seed) { step, load in
            if step == 200 { load.waitPerCPU = load.waitPerCPU / 4 }
            if step == 400 { load.waitPerCPU = load.waitPerCPU * 8 }
        }
        #expect(outcome.beyondLimit == 0)
        var later = load
        later.waitPerCPU = load.waitPerCPU * 2
        let best = SizingWorld.bestSize(of: later, seed: seed)
        #expect(Self.isClose(outcome.sizes[599], to: best), "\(outcome.sizes[599]), best \(best)")
        #expect(outcome.changes(in: 500..<600) <= 1)
    }

    @Test(arguments: seeds)
    func leakingWorkersThatAreReplacedStayWithinTheLimit(seed: UInt64) {
        var load = Self.randomLoad(seed)
        load.leak = .kibibytes(256)
        load.maxMemory = load.grown * 2
        let outcome = Self.run(load, seed: seed)
        #expect(outcome.beyondLimit == 0)
        #expect(outcome.changes(in: 240..<600) <= 3)
    }

    @Test func workersTwiceAsLargeAsAssumedAreCorrectedWhileTheyGrow() {
        for seed in Self.seeds {
            var load = Self.randomLoad(seed)
            load.grown = .mebibytes(130)
            load.limit = max(.gibibytes(1), load.limit)
            #expect(Self.run(load, seed: seed, grace: 2).beyondLimit == 0)
        }
    }

    @Test func withoutDampingTheChecksFail() {
        let restless = Self.seeds.count { seed in
            Self.run(Self.randomLoad(seed), seed: seed, .undamped).changes(in: 240..<600) > 2
        }
        #expect(restless > Self.seeds.count / 4)
    }

    @Test func takingTheRunQueueForWaitingTheChecksFail() {
        let wrong = Self.seeds.count { seed in
            let load = Self.randomLoad(seed)
            let outcome = Self.run(load, seed: seed, .runDelayAsWait)
            return !Self.isClose(outcome.sizes.last, to: SizingWorld.bestSize(of: load, seed: seed))
        }
        #expect(wrong > Self.seeds.count / 4)
    }

    // MARK: Running it

    private static func randomLoad(_ seed: UInt64) -> SizingWorld.Load {
        var generator = SeededGenerator(seed: seed &* 7919)
        var load = SizingWorld.Load(
            limit: .mebibytes(384 + generator.below(3_712)), cores: [0.25, 0.5, 1, 1.5, 2, 4][generator.below(6)],
            grown: .mebibytes(12 + generator.below(60)), waitPerCPU: Double(generator.below(160)) / 10)
        load.shared = .mebibytes(20 + generator.below(60))
        load.noise = 0.02 + generator.fraction() * 0.1
        load.cpuPerRequest = 0.002 + generator.fraction() * 0.03
        return load
    }

    private static func run(
        _ load: SizingWorld.Load, seed: UInt64, _ variant: Variant = .genuine, grace firstGrace: Int = 1,
        change: (Int, inout SizingWorld.Load) -> Void = { _, _ in }
    ) -> Outcome {
        var world = SizingWorld(load: load, seed: seed)
        world.runDelayIsKnown = variant != .runDelayAsWait
        var sizer = PoolSizer(prior: .php)
        var outcome = Outcome()
        let start = SizingInput(
            now: .zero, memoryLimit: load.limit, memoryInUse: load.server + load.others, server: load.server,
            cores: load.cores)
        var size = sizer.decide(start).workers
        var grace = firstGrace
        for step in 0..<600 {
            let before = world.load.limit
            change(step, &world.load)
            if world.load.limit < before { grace = 1 }
            let input = world.step(workers: size)
            // The step in which the limit came down, or the first workers were measured, is the sizer's to answer.
            if grace == 0, world.total > world.load.limit { outcome.beyondLimit += 1 }
            grace = max(0, grace - 1)
            let decision = sizer.decide(input)
            size = variant == .undamped ? decision.bounds.wish.workers : decision.workers
            outcome.sizes.append(size)
        }
        return outcome
    }

    /// Within 15 %, rounded up to a whole worker.
    private static func isClose(_ size: Int?, to best: Int) -> Bool {
        guard let size else { return false }
        return abs(size - best) <= max(1, (best * 15 + 99) / 100)
    }
}

import Testing
import WeirCore

@Suite struct AdaptiveConcurrencyTests {
    private static let cores = 4

    /// A controller, as the checks see it.
    typealias Controller = (AdaptiveConcurrency.Sample) -> Int?

    private static func adaptive() -> Controller {
        var adaptive = AdaptiveConcurrency(cores: Double(cores))
        return { adaptive.update($0).limit }
    }

    private static func simulation(
        _ load: LoadSimulation.Load, _ work: LoadSimulation.Work, seed: Int, knowsProcessor: Bool
    ) -> LoadSimulation {
        let isProcessor = if case .processor = load { true } else { false }
        return LoadSimulation(
            load, work, meanWork: isProcessor ? 0.01 : 0.05, live: 48, knowsProcessor: knowsProcessor, seed: seed)
    }

    /// What a controller does wrong, by seed.
    private static func faults(
        _ load: LoadSimulation.Load, limits: ClosedRange<Int>, throughput: Double, work: LoadSimulation.Work,
        knowsProcessor: Bool = false, seeds: Range<Int>, _ controller: () -> Controller
    ) -> [String] {
        seeds.flatMap { seed -> [String] in
            var run = simulation(load, work, seed: seed, knowsProcessor: knowsProcessor)
            run.run(seconds: 120, controller())
            // The best fixed limit, on the same draws: the noise of the work itself is in both.
            var best = simulation(load, work, seed: seed, knowsProcessor: knowsProcessor)
            let fixed = load.bestLimit(live: 48)
            best.run(seconds: 120) { _ in fixed }
            var faults: [String] = []
            let median = run.medianLimit(last: 60)
            if !limits.contains(median) { faults.append("seed \(seed): settled at \(median)") }
            let share = run.perSecond(last: 60) / best.perSecond(last: 60)
            if share < throughput { faults.append("seed \(seed): \(share) of the best throughput") }
            let restlessness = run.restlessness(last: 60)
            if restlessness > 0.05 { faults.append("seed \(seed): restless for \(restlessness) of the time") }
            return faults
        }
    }

    @Test(arguments: LoadSimulation.Work.allCases, [true, false])
    func anAppThatNeedsTheProcessorGetsOnceToTwiceTheCores(work: LoadSimulation.Work, knowsProcessor: Bool) {
        let faults = Self.faults(
            .processor(cores: 4), limits: 4...8, throughput: 0.98, work: work, knowsProcessor: knowsProcessor,
            seeds: 0..<12, Self.adaptive)
        #expect(faults.isEmpty, "\(faults)")
    }

    @Test(arguments: LoadSimulation.Work.allCases, [true, false])
    func anAppThatWaitsGetsAllWorkers(work: LoadSimulation.Work, knowsProcessor: Bool) {
        let faults = Self.faults(
            .waiting, limits: 48...48, throughput: 0.97, work: work, knowsProcessor: knowsProcessor, seeds: 0..<12,
            Self.adaptive)
        #expect(faults.isEmpty, "\(faults)")
    }

    @Test(arguments: LoadSimulation.Work.allCases)
    func whereMoreIsLessItFindsTheMost(work: LoadSimulation.Work) {
        let faults = Self.faults(
            .collapse(beyond: 12), limits: 10...14, throughput: 0.9, work: work, seeds: 0..<12, Self.adaptive)
        #expect(faults.isEmpty, "\(faults)")
    }

    /// The checks can fail: a controller that believes every single sample does not pass any of them, and one that never
    /// limits or always does passes none that asks for the contrary.
    @Test func theChecksFindAWrongController() {
        func credulous() -> Controller {
            var limit = 48
            var last = 0
            var goesUp = false
            return { sample in
                if sample.completions < last { goesUp.toggle() }
                last = sample.completions
                limit = min(48, max(4, goesUp ? limit * 6 / 5 + 1 : limit * 5 / 6))
                return limit
            }
        }
        func never() -> Controller { { _ in nil } }
        func always() -> Controller { { _ in 4 } }
        for work in LoadSimulation.Work.allCases {
            func faults(_ load: LoadSimulation.Load, _ limits: ClosedRange<Int>, _ controller: () -> Controller) -> Int
            {
                Self.faults(load, limits: limits, throughput: 0.9, work: work, seeds: 0..<4, controller).count
            }
            #expect(faults(.processor(cores: 4), 4...8, credulous) >= 4)
            #expect(faults(.waiting, 48...48, credulous) >= 4)
            #expect(faults(.collapse(beyond: 12), 10...14, credulous) >= 4)
            #expect(faults(.processor(cores: 4), 4...8, never) >= 4)
            #expect(faults(.collapse(beyond: 12), 10...14, never) >= 4)
            #expect(faults(.waiting, 48...48, always) >= 4)
        }
    }

    // MARK: A load that changes

    @Test(arguments: 0..<12) func anotherKindOfLoadIsFollowedWithinSeconds(seed: Int) {
        var adaptive = AdaptiveConcurrency(cores: 4)
        var run = Self.simulation(.processor(cores: 4), .exponential, seed: seed, knowsProcessor: true)
        run.run(seconds: 30) { adaptive.update($0).limit }
        #expect(run.medianLimit(last: 10) <= 8)
        run.load = .waiting
        run.meanWork = 0.05
        run.run(seconds: 15) { adaptive.update($0).limit }
        #expect(run.medianLimit(last: 4) >= 40)
        run.load = .processor(cores: 4)
        run.meanWork = 0.01
        run.run(seconds: 12) { adaptive.update($0).limit }
        #expect(run.medianLimit(last: 4) <= 8)
    }

    // MARK: What it leaves alone

    private func sample(
        queueing: Bool = true, completions: Int = 10, running: Double = 8, processorUse: Double? = nil, live: Int = 8,
        service: Int = 100
    ) -> AdaptiveConcurrency.Sample {
        AdaptiveConcurrency.Sample(
            span: .milliseconds(100), completions: completions, meanServiceTime: .milliseconds(service),
            meanRunning: running, isQueueing: queueing, processorUse: processorUse, live: live)
    }

    @Test func whileNothingWaitsNothingIsLimited() {
        var adaptive = AdaptiveConcurrency(cores: 2)
        for _ in 0..<200 { _ = adaptive.update(sample(processorUse: 1)) }
        #expect(adaptive.decision.limit == 2)
        let decision = adaptive.update(sample(queueing: false))
        #expect(decision.limit == nil && decision.reason == .nothingWaits)
        // It remembers what it found.
        #expect(adaptive.update(sample(processorUse: 1)).limit == 2)
    }

    @Test func aLimitIsForgottenAfterHalfAMinuteWithoutAQueue() {
        var adaptive = AdaptiveConcurrency(cores: 2)
        for _ in 0..<200 { _ = adaptive.update(sample(processorUse: 1)) }
        for _ in 0..<310 { _ = adaptive.update(sample(queueing: false)) }
        #expect(adaptive.update(sample(processorUse: 1)).limit == nil)
    }

    @Test func whatALanesConcurrencyHoldsBackIsNotLimited() {
        var adaptive = AdaptiveConcurrency(cores: 2)
        for _ in 0..<600 {
            #expect(adaptive.update(sample(completions: 3, running: 3, processorUse: 1)).limit == nil)
        }
        #expect(adaptive.decision.reason == .limitNotReached(running: 3, limit: 8))
        #expect(
            adaptive.decision.reason.explanation
                == "3 run where 8 may, so the limit is not what holds requests back")
    }

    /// Four workers, two seconds a request: whatever is tried, it ends.
    @Test(arguments: 0..<8) func aSlowAppKeepsItsWorkers(seed: Int) {
        var adaptive = AdaptiveConcurrency(cores: 1)
        var run = LoadSimulation(
            .waiting, .exponential, meanWork: 2, live: 4, knowsProcessor: false, seed: seed)
        run.run(seconds: 600) { adaptive.update($0).limit }
        #expect(run.medianLimit(last: 300) == 4)
        #expect(run.perSecond(last: 300) > 0.85 * 2)
    }

    @Test func workersThatComeOrGoTakeTheLimitAlong() {
        var adaptive = AdaptiveConcurrency(cores: 2)
        for _ in 0..<5 { #expect(adaptive.update(sample()).limit == nil) }
        #expect(adaptive.update(sample(running: 20, live: 20)).limit == nil)
        for _ in 0..<200 { _ = adaptive.update(sample(processorUse: 1, live: 20)) }
        #expect(adaptive.update(sample(running: 1, processorUse: 1, live: 1)).limit == nil)
    }
}

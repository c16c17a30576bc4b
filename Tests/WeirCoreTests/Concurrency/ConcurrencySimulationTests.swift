import Foundation
import Testing
import WeirCore

/// The limiter against simulated apps, from seeds.
@Suite struct ConcurrencySimulationTests {
    typealias Controller = (ConcurrencyLimiter.Sample) -> Int?

    struct Case: CustomStringConvertible, Sendable {
        var description: String
        var app: LoadSimulation.App
        /// Where it should settle.
        var limits: ClosedRange<Int>
    }

    static let cases = [
        Case(description: "computes", app: .computes, limits: 3...5),
        Case(description: "sleeps", app: .sleeps, limits: 32...32),
        Case(description: "mixed", app: .mixed, limits: 13...20),
        Case(description: "overloads its database", app: .overloadsItsDatabase, limits: 7...14),
        Case(description: "fills its database", app: .fillsItsDatabase, limits: 6...32),
    ]

    static func adaptive() -> Controller {
        var limiter = ConcurrencyLimiter()
        return { limiter.update($0) }
    }

    /// What a controller does wrong in the third and fourth minute: by seed, and over all seeds, as the throughput of
    /// two minutes of irregular work has noise of its own.
    static func faults(
        _ tested: Case, _ work: LoadSimulation.Work, seeds: Range<Int>, saysRunDelay: Bool = true,
        _ controller: () -> Controller
    ) -> [String] {
        var faults: [String] = []
        var (share, restlessness) = (0.0, 0.0)
        for seed in seeds {
            var run = LoadSimulation(tested.app, work, live: 32, seed: seed)
            run.saysRunDelay = saysRunDelay
            run.run(seconds: 240, controller())
            // On draws of the same seed: the noise of the work is in both.
            var fixed = LoadSimulation(tested.app, work, live: 32, seed: seed)
            fixed.run(seconds: 130) { _ in tested.app.best }
            let median = run.medianLimit(last: 120)
            if !tested.limits.contains(median) { faults.append("seed \(seed): settled at \(median)") }
            share += run.perSecond(last: 120) / fixed.perSecond(last: 120) / Double(seeds.count)
            restlessness += run.restlessness(last: 120) / Double(seeds.count)
        }
        if share < 0.95 { faults.append("\(share) of the best throughput") }
        if saysRunDelay, restlessness > 0.4 { faults.append("elsewhere for \(restlessness) of the time") }
        return faults
    }

    @Test(arguments: cases) func theBestFixedLimitIsTheBest(tested: Case) {
        func perSecond(_ limit: Int) -> Double {
            var run = LoadSimulation(tested.app, .regular, live: 32, seed: 1)
            run.run(seconds: 25) { _ in limit }
            return run.perSecond(last: 20)
        }
        let best = perSecond(tested.app.best)
        for limit in [2, 4, 6, 8, 12, 16, 20, 24, 32] {
            #expect(perSecond(limit) <= 1.02 * best, "\(limit) at once give more than \(tested.app.best)")
        }
    }

    @Test(arguments: cases, LoadSimulation.Work.allCases)
    func itGivesWhatTheBestFixedLimitGives(tested: Case, work: LoadSimulation.Work) {
        let faults = Self.faults(tested, work, seeds: 0..<2, Self.adaptive)
        #expect(faults.isEmpty, "\(faults)")
    }

    /// Without run delays the trials have to do it all; where the work is too irregular for them, they do no harm.
    @Test(arguments: cases, LoadSimulation.Work.allCases)
    func itDoesWithoutRunDelays(tested: Case, work: LoadSimulation.Work) {
        var tested = tested
        let isTooNoisy = work == .heavyTailed && tested.app.database == 0
        if tested.app.cpu > 0.001, work != .regular || tested.app.wait > 0 { tested.limits = 3...32 }
        if isTooNoisy { tested.limits = 3...32 }
        let faults = Self.faults(tested, work, seeds: 3..<4, saysRunDelay: false, Self.adaptive)
        #expect(faults.isEmpty, "\(faults)")
    }

    // MARK: The checks can fail

    /// Fewer the longer requests take against the least ever seen, as if that told of throughput.
    static func believesServiceTimes() -> Controller {
        var least = Double.infinity
        var limit = 32.0
        var last: ConcurrencyLimiter.Sample?
        return { sample in
            defer { last = sample }
            guard let before = last, sample.completed > before.completed else { return Int(limit) }
            let time = Double(sample.running) * 0.1 / Double(sample.completed - before.completed)
            least = min(least, time)
            limit = min(32, max(3, 0.8 * limit + 0.2 * (limit * least / time + limit.squareRoot())))
            return Int(limit)
        }
    }

    /// Whatever the last tenth of a second says.
    static func believesEverySample() -> Controller {
        var limit = 32
        var last = (completed: 0, gained: 0)
        var goesUp = false
        return { sample in
            let gained = sample.completed - last.completed
            if gained < last.gained { goesUp.toggle() }
            last = (sample.completed, gained)
            limit = min(32, max(3, goesUp ? limit * 6 / 5 + 1 : limit * 5 / 6))
            return limit
        }
    }

    /// Takes waiting for a core for waiting.
    static func forgetsRunDelays() -> Controller {
        var cpu = CPULimiter()
        return { sample in
            if let reading = sample.cpu {
                cpu.observe(
                    seconds: 1, cores: sample.cores, used: reading.used, delayed: 0, running: Double(sample.running),
                    live: sample.live)
            }
            return cpu.limit
        }
    }

    @Test func wrongControllersAreFound() {
        let (computes, sleeps, overloads) = (Self.cases[0], Self.cases[1], Self.cases[3])
        func faults(_ tested: Case, _ controller: () -> Controller) -> Int {
            Self.faults(tested, .exponential, seeds: 0..<2, controller).count
        }
        #expect(faults(computes) { { _ in nil } } >= 1)
        #expect(faults(overloads) { { _ in nil } } >= 1)
        #expect(faults(sleeps) { { _ in 3 } } >= 1)
        #expect(faults(overloads, Self.believesServiceTimes) >= 1)
        #expect(faults(sleeps, Self.believesEverySample) >= 1)
        #expect(faults(computes, Self.forgetsRunDelays) >= 1)
    }

    // MARK: A load that changes

    @Test(arguments: 0..<6) func anotherLoadIsFollowedWithinTensOfSeconds(seed: Int) {
        var run = LoadSimulation(.computes, .exponential, live: 32, seed: seed)
        let adaptive = Self.adaptive()
        run.run(seconds: 20, adaptive)
        #expect(run.medianLimit(last: 10) <= 5)
        run.app = .sleeps
        run.run(seconds: 30, adaptive)
        #expect(run.medianLimit(last: 10) == 32)
        run.app = .overloadsItsDatabase
        run.run(seconds: 120, adaptive)
        #expect((7...16).contains(run.medianLimit(last: 20)), "\(run.medianLimit(last: 20))")
        run.app = .sleeps
        run.run(seconds: 60, adaptive)
        #expect(run.medianLimit(last: 10) == 32)
        run.app = .computes
        run.run(seconds: 20, adaptive)
        #expect(run.medianLimit(last: 10) <= 5)
    }

    @Test(arguments: 0..<4) func aClockThatJumpsDisturbsNothing(seed: Int) {
        for (tested, limits) in [
            (LoadSimulation.App.computes, 3...5), (.sleeps, 32...32), (.overloadsItsDatabase, 7...14),
        ] {
            var run = LoadSimulation(tested, .exponential, live: 32, seed: seed)
            let adaptive = Self.adaptive()
            for jump in [3_600, -500, 7, 0.95, -0.1] {
                run.run(seconds: 30, adaptive)
                run.jump = jump
            }
            run.run(seconds: 30, adaptive)
            #expect(limits.contains(run.medianLimit(last: 20)))
        }
    }

    /// Less than it can do arrives: what waits now and then is no reason to limit anything.
    @Test(arguments: 0..<4) func anAppThatKeepsUpIsHardlyLimited(seed: Int) {
        var run = LoadSimulation(.sleeps, .exponential, live: 32, seed: seed)
        run.arrivals = 600
        run.run(seconds: 120, Self.adaptive())
        #expect(run.perSecond(last: 100) > 0.97 * 600)
        #expect(run.limits.count { $0 < 32 } < 60)
    }

    @Test(arguments: 0..<4) func anOverloadIsServedAtFullSpeed(seed: Int) {
        var run = LoadSimulation(.computes, .exponential, live: 32, seed: seed)
        run.arrivals = 600
        run.run(seconds: 60, Self.adaptive())
        #expect(run.perSecond(last: 40) > 0.97 * 200)
        #expect(run.medianLimit(last: 40) <= 5)
    }
}

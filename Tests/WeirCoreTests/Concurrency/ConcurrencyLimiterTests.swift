import Testing
import WeirCore

@Suite struct ConcurrencyLimiterTests {
    // MARK: Worked rows

    @Test func theWorkedRowsOfTheCPUHold() {
        let computes = CPUConcurrency(cores: 2, used: 2, delayed: 14, running: 16)
        #expect(computes.demand == 8 && computes.waitPerCPU == 0 && computes.limit == 3)
        let mixed = CPUConcurrency(cores: 2, used: 2, delayed: 22, running: 32)
        #expect(mixed.waitPerCPU == 4 && abs(mixed.wanted - 15.66) < 0.01 && mixed.limit == 16)
        let sleeps = CPUConcurrency(cores: 2, used: 0.16, delayed: 0.04, running: 32)
        #expect(abs(sleeps.demand - 0.1) < 1e-9)
    }

    @Test func itIsNeverLessThanTheSizingAllows() {
        for cores in [0.1, 0.5, 1, 1.5, 2, 4, 16] {
            for wait in [0, 0.1, 0.5, 1, 4, 9, 100.0] {
                let limit = CPUConcurrency(cores: cores, used: cores, delayed: 0, running: cores * (1 + wait)).limit
                #expect(limit >= CPUBound(cores: cores, waitPerCPU: wait).workers)
            }
        }
    }

    @Test func theWorkedRowOfTheComparisonHolds() {
        var comparison = ThroughputComparison(low: 8, high: 16)
        comparison.add(low: .init(completions: 200, seconds: 1), high: .init(completions: 380, seconds: 1))
        #expect(abs(comparison.elasticity - 0.931) < 0.001)
        #expect(abs(comparison.margin - 0.786) < 0.001)
        #expect(comparison.verdict == .moreIsWorthIt)
    }

    @Test func aSmallDifferenceTakesMorePairs() {
        var comparison = ThroughputComparison(low: 8, high: 16)
        comparison.add(low: .init(completions: 200, seconds: 1), high: .init(completions: 200, seconds: 1))
        #expect(comparison.verdict == .open)
        while comparison.verdict == .open {
            let noise = comparison.pairs.isMultiple(of: 2) ? 8 : -8
            comparison.add(low: .init(completions: 200 + noise, seconds: 1), high: .init(completions: 200, seconds: 1))
        }
        #expect(comparison.verdict == .moreIsNotWorthIt && (5...16).contains(comparison.pairs))
    }

    @Test func theWorkedRowOfTheTrialHolds() throws {
        let pace = try #require(ConcurrencyTrial.Pace(perSecond: 400, running: 32))
        #expect(pace.window == 0.5 && pace.settling == 0.15)
        var trial = ConcurrencyTrial(from: 32, to: 16, pace: pace)
        var limits: [Int] = []
        for _ in 0..<26 {
            _ = trial.tick(seconds: 0.1, completions: 40, running: trial.limit)
            limits.append(trial.limit)
        }
        // From, to, to, from: each change after a whole window.
        #expect(limits.filter { $0 == 16 }.count == 12)
        #expect(trial.comparison.pairs == 2)
    }

    @Test func theWorkedRowOfTheSearchHolds() {
        func perSecond(_ n: Double) -> Double { n / (1 + 0.01 * n * (n - 1)) }
        for (low, high, elasticity) in [(16, 32, -0.7), (8, 16, -0.13), (4, 8, 0.54), (6, 8, 0.37), (8, 11, 0.07)] {
            var comparison = ThroughputComparison(low: low, high: high)
            comparison.add(
                low: .init(completions: Int(1e6 * perSecond(Double(low))), seconds: 1),
                high: .init(completions: Int(1e6 * perSecond(Double(high))), seconds: 1))
            #expect(abs(comparison.elasticity - elasticity) < 0.005)
        }
    }

    @Test func aSlowAppIsNotTried() {
        #expect(ConcurrencyTrial.Pace(perSecond: 2, running: 4) == nil)
        #expect(ConcurrencyTrial.Pace(perSecond: 0, running: 4) == nil)
        var run = LoadSimulation(.init(cpu: 0.001, wait: 2), .exponential, live: 4, seed: 1)
        run.run(seconds: 120, ConcurrencySimulationTests.adaptive())
        #expect(run.limits.allSatisfy { $0 == 4 })
    }

    // MARK: From second to second

    private struct Feed {
        var limiter = ConcurrencyLimiter()
        var now = Instant.zero + .seconds(10)
        var completed = 0
        var ticks = 0
        var runningTime = 0.0

        mutating func run(
            seconds: Int, completions: Int = 20, running: Int? = nil, queued: Int = 50, live: Int = 16,
            used: Double = 2, delayed: Double? = 32
        ) {
            for _ in 0..<(seconds * 10) {
                now = now + .milliseconds(100)
                completed += completions
                ticks += 1
                let running = running ?? limiter.limit ?? live
                runningTime += Double(running) / 10
                var reading: ConcurrencyLimiter.CPUReading?
                if ticks.isMultiple(of: 10) {
                    reading = .init(used: used, delayed: delayed.map { min($0, runningTime - used) })
                    runningTime = 0
                }
                _ = limiter.update(
                    ConcurrencyLimiter.Sample(
                        now: now, completed: completed, running: running, queued: queued, live: live, cores: 2,
                        cpu: reading))
            }
        }
    }

    @Test func waitingForCoresIsLimitedWithinSeconds() {
        var feed = Feed()
        feed.run(seconds: 5)
        #expect(feed.limiter.limit == 3)
        feed.run(seconds: 60)
        #expect(feed.limiter.limit == 3)
    }

    @Test func nothingIsLimitedWhileNothingWaits() {
        var feed = Feed()
        feed.run(seconds: 60, queued: 0)
        #expect(feed.limiter.limit == nil)
    }

    @Test func aLimitIsForgottenAfterHalfAMinuteWithoutAQueue() {
        var feed = Feed()
        feed.run(seconds: 10)
        feed.run(seconds: 20, running: 2, queued: 0)
        #expect(feed.limiter.limit == 3)
        feed.run(seconds: 11, running: 2, queued: 0)
        #expect(feed.limiter.limit == nil)
    }

    @Test func whatALanesConcurrencyHoldsBackIsNotTried() {
        var feed = Feed()
        feed.run(seconds: 60, running: 3, used: 0.1, delayed: 0)
        #expect(feed.limiter.limit == nil)
        #expect(
            feed.limiter.explanation(app: "web").why
                == "3 run where 16 may: it is not this limit that holds requests back")
    }

    @Test func fewWorkersAreNotLimited() {
        var feed = Feed()
        feed.run(seconds: 60, live: 3, delayed: 1)
        #expect(feed.limiter.limit == nil)
    }

    @Test func aKernelThatSaysNothingIsNoReasonToLimit() {
        var feed = Feed()
        feed.run(seconds: 5, completions: 1, delayed: nil)
        #expect(feed.limiter.limit == nil)
    }

    // MARK: What is said about it

    @Test func theCoresLimitIsExplained() {
        var feed = Feed()
        feed.run(seconds: 10)
        let explanation = feed.limiter.explanation(app: "web")
        #expect(
            explanation.lines == [
                "apps.web.pool.concurrency = 3",
                "    min(cpu, search), never below ceil(cores) + 1",
                "    cores 2, workers 16, cpu 3, search none",
                "    cpu: 2 of 2 cores used, 1 waiting for a core; wait/cpu 0: 2 x (1 + 0) + 2 x the root of 2 x 0 = 2, "
                    + "at least 3: 3 at once",
                "    the cores are the bottleneck: more at once would wait for a core",
            ])
        #expect(explanation.lastChanged != nil)
    }

    @Test func noLimitIsExplained() {
        let explanation = ConcurrencyLimiter().explanation(app: "web")
        #expect(explanation.value == "all workers")
        #expect(explanation.why == "nothing waits, so nothing is limited")
        #expect(explanation.lastChanged == nil)
    }

    @Test func aTrialsOutcomeIsExplained() {
        var run = LoadSimulation(.overloadsItsDatabase, .regular, live: 32, seed: 1)
        var limiter = ConcurrencyLimiter()
        var said: Set<String> = []
        run.run(seconds: 60) {
            defer { said.insert(limiter.explanation(app: "web").why) }
            return limiter.update($0)
        }
        #expect(said.contains("trying 16 at once instead of 32"))
        #expect(said.contains { $0.hasPrefix("32 at once complete ") && $0.hasSuffix(" % less than 16") }, "\(said)")
        #expect(said.contains { $0.hasPrefix("8 at once complete ") && $0.hasSuffix(" % more than 4") }, "\(said)")
    }
}

import Testing
import WeirCore

@Suite struct PoolSimulationTests {
    private static func configuration(_ generator: inout SeededGenerator) -> PoolConfiguration {
        let max = 1 + generator.below(12)
        let manager: PoolConfiguration.Manager =
            switch generator.below(3) {
            case 0: .static(count: max)
            case 1: .dynamic(start: nil, minSpare: 1 + generator.below(3), maxSpare: 2 + generator.below(5), max: max)
            default: .ondemand(idleTimeout: .milliseconds(100 + generator.below(3_000)), max: max)
            }
        return PoolConfiguration(
            manager: manager, maxRequests: generator.oneIn(3) ? 0 : 1 + generator.below(60),
            maxLifetime: generator.oneIn(2) ? nil : .seconds(10 + generator.below(60)),
            maxRequestsJitter: generator.fraction(), replaceShare: generator.fraction(),
            spareProcesses: 1 + generator.below(4), bootTimeout: .seconds(2), requestTimeout: .seconds(1),
            drainTimeout: .seconds(1), emergencyThreshold: generator.below(5),
            emergencyInterval: .milliseconds(1 + generator.below(10_000)), slowAfter: .milliseconds(300),
            slowLogInterval: .milliseconds(generator.below(3_000)))
    }

    /// Bounds, promises and counts: see ``PoolAccount``.
    @Test(arguments: 0..<4) func thePoolKeepsItsBoundsWhateverHappens(batch: Int) {
        for seed in (batch * 60)..<(batch * 60 + 60) {
            var generator = SeededGenerator(seed: UInt64(seed))
            var runner = SimulatedRunner(Self.configuration(&generator), seed: UInt64(seed))
            runner.faults = generator.oneIn(4) ? .many : .some
            runner.run(for: .seconds(20))
            #expect(runner.fault == nil, "seed \(seed)")
            if runner.fault != nil { return }
        }
    }

    /// However long everything failed: once it works again, all workers are back within the longest backoff, and whoever
    /// was to be replaced has been.
    @Test(arguments: 0..<60) func thePoolRecoversFromAnything(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var configuration = Self.configuration(&generator)
        configuration.maxLifetime = nil
        var runner = SimulatedRunner(configuration, seed: UInt64(seed))
        runner.faults = .many
        runner.run(for: .seconds(30))
        runner.faults = .none
        runner.load = 0
        runner.run(for: .seconds(30))
        let status = runner.pool.status
        #expect(runner.fault == nil)
        #expect(status.isAvailable && status.starting == 0 && status.leaving == 0 && status.due == 0)
        switch configuration.manager {
        case .static: #expect(status.idle == status.maximum)
        case .dynamic(_, let minSpare, let maxSpare, _):
            #expect(PoolConfiguration.spare(minSpare, maxSpare, maximum: status.maximum).contains(status.idle))
        case .ondemand: #expect(status.idle == 0)
        }
        runner.load = 12
        runner.run(for: .seconds(2))
        #expect(runner.pool.status.idle + runner.pool.status.busy > 0)
    }

    @Test(arguments: 0..<36) func aStopEndsEveryProcess(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var runner = SimulatedRunner(Self.configuration(&generator), seed: UInt64(seed))
        runner.faults = .some
        runner.run(for: .milliseconds(generator.below(10_000)))
        runner.beginStop()
        runner.run(for: .seconds(8))
        #expect(runner.fault == nil)
        #expect(runner.pool.isStopped == true)
        #expect(runner.processes == 0)
    }

    @Test(arguments: 0..<24) func everySlowRequestIsCountedOnce(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var runner = SimulatedRunner(Self.configuration(&generator), seed: UInt64(seed))
        runner.faults = .some
        runner.faults.clockJumps = 0
        runner.run(for: .seconds(60))
        #expect(runner.fault == nil)
        #expect(runner.pool.status.tally.slowRequests == runner.account.slowRequests)
        #expect(runner.account.slowRequests > 0)
    }

    @Test func withoutFaultsNoWorkerIsEverKilled() {
        var runner = SimulatedRunner(
            PoolConfiguration(
                manager: .dynamic(start: nil, minSpare: 2, maxSpare: 4, max: 10), maxRequests: 50,
                maxLifetime: .seconds(20), maxRequestsJitter: 0.1, bootTimeout: .seconds(2),
                requestTimeout: .seconds(1)),
            seed: 3)
        runner.run(for: .seconds(60))
        let tally = runner.pool.status.tally
        #expect(runner.fault == nil && tally.killed == 0 && tally.bootFailures == 0 && tally.died == 0)
        #expect(tally.recycles.maxRequests > 10, "workers were replaced")
        #expect(runner.pool.status.recentFailures == [])
    }

    @Test func theSameSeedRunsTheSameRun() {
        func tally() -> PoolTally {
            var runner = SimulatedRunner(
                PoolConfiguration(
                    manager: .static(count: 6), maxRequests: 20, requestTimeout: .seconds(1), emergencyThreshold: 2,
                    slowAfter: .milliseconds(300)),
                seed: 9)
            runner.faults = .some
            runner.run(for: .seconds(60))
            return runner.pool.status.tally
        }
        let first = tally()
        #expect(first == tally())
        #expect(first.died > 0 && first.bootFailures > 0 && first.kills.maxMemory > 0, "and the faults did strike")
        #expect(first.generationsWanted > 0 && first.stacksAsked > 0 && first.recycles.maxRequests > 0)
    }
}

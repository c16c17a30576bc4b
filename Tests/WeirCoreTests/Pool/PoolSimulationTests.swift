import Testing
import WeirCore

@Suite struct PoolSimulationTests {
    private static func configuration(_ generator: inout SeededGenerator) -> PoolConfiguration {
        let max = 1 + generator.below(12)
        return PoolConfiguration(
            manager: generator.oneIn(2)
                ? .static(count: max)
                : .dynamic(start: nil, minSpare: 1 + generator.below(3), maxSpare: 2 + generator.below(5), max: max),
            maxRequests: generator.oneIn(3) ? 0 : 1 + generator.below(60), maxRequestsJitter: generator.fraction(),
            bootTimeout: .seconds(2), requestTimeout: .seconds(1), drainTimeout: .seconds(1))
    }

    /// `max` at work or starting, one process more at most; no id twice, no order to a worker that is not there.
    @Test(arguments: 0..<4) func thePoolNeverExceedsItsMaximum(batch: Int) {
        for seed in (batch * 30)..<(batch * 30 + 30) {
            var generator = SeededGenerator(seed: UInt64(seed))
            let configuration = Self.configuration(&generator)
            var runner = SimulatedRunner(configuration, seed: UInt64(seed))
            runner.faults = .some
            runner.run(for: .seconds(20))
            #expect(runner.fault == nil, "seed \(seed)")
            if runner.fault != nil { return }
        }
    }

    /// However long everything failed: once it works again, all workers are back within the longest backoff.
    @Test(arguments: 0..<24) func thePoolRecoversFromAnything(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let configuration = Self.configuration(&generator)
        var runner = SimulatedRunner(configuration, seed: UInt64(seed))
        runner.faults = .many
        runner.run(for: .seconds(30))
        runner.faults = .none
        runner.load = 0
        runner.run(for: .seconds(30))
        let status = runner.pool.status
        #expect(runner.fault == nil)
        #expect(status.isAvailable && status.starting == 0 && status.leaving == 0)
        switch configuration.manager {
        case .static(let count): #expect(status.idle == count)
        case .dynamic(_, let minSpare, let maxSpare, _): #expect((minSpare...maxSpare).contains(status.idle))
        }
    }

    @Test(arguments: 0..<24) func aStopEndsEveryProcess(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var runner = SimulatedRunner(Self.configuration(&generator), seed: UInt64(seed))
        runner.faults = .some
        runner.run(for: .milliseconds(generator.below(10_000)))
        runner.beginStop()
        runner.run(for: .seconds(5))
        #expect(runner.fault == nil)
        #expect(runner.pool.isStopped == true)
        #expect(runner.processes == 0)
    }

    @Test func withoutFaultsNoWorkerIsEverKilled() {
        var runner = SimulatedRunner(
            PoolConfiguration(
                manager: .dynamic(start: nil, minSpare: 2, maxSpare: 4, max: 10), maxRequests: 50,
                maxRequestsJitter: 0.1, bootTimeout: .seconds(2), requestTimeout: .seconds(1)),
            seed: 3)
        runner.run(for: .seconds(60))
        let tally = runner.pool.status.tally
        #expect(runner.fault == nil && tally.killed == 0 && tally.bootFailures == 0 && tally.died == 0)
        #expect(tally.exited > 10, "workers were replaced")
    }

    @Test func theSameSeedRunsTheSameRun() {
        func tally() -> PoolTally {
            var runner = SimulatedRunner(PoolConfiguration(manager: .static(count: 6), maxRequests: 20), seed: 9)
            runner.faults = .some
            runner.run(for: .seconds(20))
            return runner.pool.status.tally
        }
        let first = tally()
        #expect(first == tally())
        #expect(first.died > 0 && first.bootFailures > 0, "and the faults did strike")
    }
}

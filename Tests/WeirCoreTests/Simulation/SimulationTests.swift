import Foundation
import Testing

@testable import WeirCore

/// The queue, the pool and the sizer together, in a container that fails in every way a container can.
///
/// Each run comes from a seed and says in its complaint which. To see it again, and nothing else:
///
///     WEIR_SIMULATION_SEED=17 swift test --filter WeirCoreTests.SimulationTests
///
/// More than the usual seeds, say over night: `WEIR_SIMULATION_SEEDS=100000`.
@Suite struct SimulationTests {
    static let batches = 8
    static let usualSeeds = 160

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    /// Those of a batch: it is dealt every eighth.
    static func seeds(_ batch: Int) -> [UInt64] {
        if let seed = number("WEIR_SIMULATION_SEED") { return batch == 0 ? [UInt64(seed)] : [] }
        let count = number("WEIR_SIMULATION_SEEDS") ?? usualSeeds
        return stride(from: batch, to: count, by: batches).map { UInt64($0) }
    }

    @Test(arguments: 0..<batches) func whateverFailsEveryRequestIsAnsweredOnceAndThePoolComesBack(batch: Int) {
        for seed in Self.seeds(batch) {
            let server = SimulatedServer(.faulty(seed))
            server.run()
            #expect(server.fault == nil)
            if server.fault != nil { return }
        }
    }

    @Test(arguments: 0..<batches) func workersAsTheModelHasThemStayWithinMemory(batch: Int) {
        for seed in Self.seeds(batch) where seed.isMultiple(of: 2) {
            let server = SimulatedServer(.withinTheModel(seed))
            server.run()
            #expect(server.fault == nil)
            if server.fault != nil { return }
        }
    }

    /// Three times what the cores can do: nearly as much is served as so many workers can at most.
    @Test(arguments: UInt64(0)..<6) func overloadLeavesTheThroughputAlone(seed: UInt64) {
        let span = Nanoseconds.seconds(60)
        let server = SimulatedServer(.steady(seed, load: 3, for: span))
        server.run()
        #expect(server.fault == nil)
        let (plan, size) = (server.plan, server.gateway.pool.maximum)
        let busy = ClosedQueue.utilization(workers: size, cores: plan.cores, waitPerCPU: plan.waitPerCPU)
        let most = busy * plan.capacity * span.seconds
        let served = Double(server.ledger.counts[.completed] ?? 0)
        #expect(served >= 0.8 * most, "seed \(seed): \(served) of \(most)")
    }

    @Test(arguments: UInt64(0)..<4) func underSteadyLoadTheSizeStays(seed: UInt64) {
        let (fault, changes) = Self.changesOfSize(seed)
        #expect(fault == nil)
        #expect(changes <= Self.mostChanges, "seed \(seed): \(changes) changes")
    }

    // MARK: Canaries

    /// So many seeds are enough to find each of them.
    static let seedsForCanary: UInt64 = 24

    @Test(arguments: Canary.allCases) func everyFaultOfTheCompositionIsFound(canary: Canary) {
        #expect(Self.isFound(canary), "\(canary.rawValue): not found by \(Self.seedsForCanary) seeds")
    }

    private static func isFound(_ canary: Canary) -> Bool {
        (0..<seedsForCanary).contains { seed in
            if canary == .sizesWithoutDamping { return changesOfSize(seed, canary).count > mostChanges }
            return [SimulationPlan.faulty(seed), .withinTheModel(seed)].contains { plan in
                let server = SimulatedServer(plan, canary: canary)
                server.run()
                return server.fault != nil
            }
        }
    }

    /// In six minutes, after one to settle.
    private static let mostChanges = 3

    private static func changesOfSize(_ seed: UInt64, _ canary: Canary? = nil) -> (fault: String?, count: Int) {
        let server = SimulatedServer(.steady(seed, load: 0.8, for: .minutes(7)), canary: canary)
        server.run()
        return (server.fault, server.sizes.count { $0.at - server.start > .minutes(1) })
    }
}

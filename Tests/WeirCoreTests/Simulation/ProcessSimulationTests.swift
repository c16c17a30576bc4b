import Testing

@testable import WeirCore

/// Queue and pool together for processes that run 1 to 64 requests at once. Seeds as in ``SimulationTests``.
@Suite struct ProcessSimulationTests {
    @Test(
        "whatever fails, every request has one answer, none goes to a leaving process, and bounds hold",
        arguments: 0..<8)
    func everyRequestIsAnsweredOnce(batch: Int) {
        for seed in SimulationTests.seeds(batch) {
            let simulation = ProcessSimulation(ProcessSimulationPlan(seed))
            simulation.run()
            #expect(simulation.fault == nil)
            if simulation.fault != nil { return }
        }
    }

    @Test("the runs reach what they are meant to test")
    func theRunsReachEveryOutcome() {
        var answers: [ProcessSimulation.Answer: Int] = [:]
        var counts = (retiredBusy: 0, suspensions: 0, drainKills: 0, recycled: 0)
        for seed in 0..<UInt64(24) {
            let simulation = ProcessSimulation(ProcessSimulationPlan(seed))
            simulation.run()
            answers.merge(simulation.answers, uniquingKeysWith: +)
            counts.retiredBusy += simulation.retiredBusy
            counts.suspensions += simulation.suspensions
            counts.drainKills += simulation.pool.status.tally.kills.drainTimeout
            counts.recycled += simulation.pool.status.tally.recycles.total
        }
        for answer in [ProcessSimulation.Answer.completed, .shed, .timedOut, .workerDied] {
            #expect(answers[answer] ?? 0 > 20, "\(answer.rawValue)")
        }
        #expect(counts.retiredBusy > 20, "retired under requests")
        #expect(counts.suspensions > 20, "suspended")
        #expect(counts.drainKills > 2, "killed while they drained")
        #expect(counts.recycled > 20, "recycled")
    }

    @Test("a fault of the composition is found", arguments: ProcessCanary.allCases)
    func canaries(canary: ProcessCanary) {
        let isFound = (0..<UInt64(24)).contains { seed in
            let simulation = ProcessSimulation(ProcessSimulationPlan(seed), canary: canary)
            simulation.run()
            return simulation.fault != nil
        }
        #expect(isFound, "\(canary.rawValue) was not found")
    }
}

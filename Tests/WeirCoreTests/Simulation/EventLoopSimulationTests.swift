import Testing

@testable import WeirCore

/// What ``Restraint``, ``PlacesWindow`` and reports of blocked loops do for an app together.
@Suite struct EventLoopSimulationTests {
    private typealias Simulation = EventLoopSimulation

    private func runs(_ plan: (UInt64) -> Simulation.Plan) -> [Simulation] {
        (1...3).map { Simulation(plan($0)).run() }
    }

    private func mean(_ runs: [Simulation], _ figure: (Simulation) -> Double) -> Double {
        runs.map(figure).reduce(0, +) / Double(runs.count)
    }

    @Test(
        "requests beside those that block wait as for one queue that knows who is blocked",
        arguments: [(4, 500.0), (8, 1_000.0)])
    func others(processes: Int, rate: Double) {
        let runs = runs { seed in
            Simulation.Plan(seed: seed, processes: processes, kinds: [.quick(0.98), .blocks(0.02)], rate: rate)
        }
        let p99 = mean(runs) { $0.latency(0.99) }
        let least = mean(runs) { $0.leastLatency(0.99) }
        #expect(p99 < least * 1.1 + 1, "\(p99) ms, at best \(least) ms")
        #expect(least > 20, "nobody had to wait, so nothing was tested")
    }

    @Test("a fast app that blocks now and then always has its next request ready")
    func saturation() {
        let work = Nanoseconds.microseconds(300)
        let runs = runs { seed in
            Simulation.Plan(
                seed: seed, processes: 2, kinds: [.quick(0.9997, work), .blocks(0.0003)], clients: 64, seconds: 10)
        }
        let most = 2 / (0.9997 * work.seconds + 0.0003 * 0.2)
        let perSecond = mean(runs, \.perSecond)
        #expect(perSecond > 0.95 * most, "\(perSecond) of \(most) a second")
        #expect(runs.allSatisfy { run in run.requests.contains { $0.kind == 1 } })
    }

    @Test("requests that wait for something else keep nobody from running, though others block")
    func waiting() {
        let runs = runs { seed in
            Simulation.Plan(
                seed: seed, kinds: [.quick(0.89), .waits(0.1, milliseconds: 50...500), .blocks(0.01)], rate: 300)
        }
        let p90 = mean(runs) { $0.latency(0.9) }
        #expect(p90 < 5, "\(p90) ms")
        #expect(runs.allSatisfy { run in run.requests.count { $0.kind == 2 } > 50 })
    }

    @Test("long polls keep nobody from running, though others block")
    func longPolls() {
        let runs = runs { seed in
            Simulation.Plan(
                seed: seed, kinds: [.quick(0.97), .waits(0.02, milliseconds: 5_000...9_000), .blocks(0.01)], rate: 300)
        }
        let p90 = mean(runs) { $0.latency(0.9) }
        #expect(p90 < 5, "\(p90) ms")
    }

    @Test("an app whose requests all wait has them under way together, though some block")
    func allWait() {
        let plan = Simulation.Plan(seed: 1, kinds: [.waits(0.995, milliseconds: 50...500), .blocks(0.005)], rate: 400)
        let run = Simulation(plan).run()
        #expect(run.latency(0.5) < 330 && run.perSecond > 385)
    }
}

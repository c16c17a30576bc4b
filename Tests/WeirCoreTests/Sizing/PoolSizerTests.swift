import Testing

@testable import WeirCore

@Suite struct PoolSizerTests {
    static func input(_ step: Int, limit: Bytes = .mebibytes(512), used: Bytes = .mebibytes(40)) -> SizingInput {
        SizingInput(
            now: .zero + .seconds(5 * step), memoryLimit: limit, memoryInUse: used, server: .mebibytes(30), cores: 0.5)
    }

    @Test func beforeAnythingIsMeasuredThePriorDecides() {
        var sizer = PoolSizer(prior: .php)
        var first = Self.input(0, limit: .gibibytes(4))
        first.cores = 2
        let decision = sizer.decide(first)
        // (4096 - 409.6 - 30 - 10) - 128 = 3518.4; / 64 = 54: 49. CPU: 2 x (1 + 4) = 10, + 2.83: 13.
        #expect(decision.bounds.memory.workers == 49)
        #expect(decision.workers == 13 && decision.bound == .cpu)
        #expect(decision.why == "first decision: cpu allows 13")
    }

    @Test func aFixedNumberIsObeyedAndAutoSaysWhatItWouldDo() {
        var sizer = PoolSizer(prior: .php)
        var input = Self.input(0)
        input.configured = .fixed(100)
        let decision = sizer.decide(input)
        #expect(decision.workers == 100 && decision.bound == .configured)
        #expect(decision.arithmetic.last == "max_workers is fixed at 100; auto would be 3 (memory)")
        input.configured = .auto
        input.now = .zero + .seconds(5)
        #expect(sizer.decide(input).workers == 3)
    }

    @Test func workersNotMeasuredYetAreNotTakenForOthers() {
        var sizer = PoolSizer(prior: .php)
        var input = Self.input(0, limit: .gibibytes(2), used: .mebibytes(30 + 4 * 64))
        input.unmeasured = 4
        #expect(sizer.decide(input).bounds.memory.others == 0)
    }

    @Test func whatOthersUseIsBelievedAtOnceAndForgottenSlowly() {
        var sizer = PoolSizer(prior: .php)
        _ = sizer.decide(Self.input(0, used: .mebibytes(130)))
        #expect(sizer.decide(Self.input(1, used: .mebibytes(230))).bounds.memory.others == .mebibytes(200))
        #expect(sizer.decide(Self.input(2, used: .mebibytes(150))).bounds.memory.others == .mebibytes(190))
    }

    @Test func aNewConfigurationTakesEffectAtOnce() {
        var sizer = PoolSizer(prior: .php)
        var input = Self.input(0)
        _ = sizer.decide(input)
        input.configured = .fixed(7)
        input.now = .zero + .seconds(9)
        let decision = sizer.decide(input)
        #expect(decision.workers == 7 && decision.changedAt == input.now)
        #expect(decision.why == "the configuration says 7")
    }

    @Test func anotherAppsWorkersAreItsOwnAffair() {
        var alone = PoolSizer(prior: .php)
        var both = PoolSizer(prior: .php)
        var input = Self.input(0, limit: .gibibytes(2), used: .mebibytes(60))
        let budget = alone.decide(input).bounds.memory.budget
        input.share = 0.5
        input.otherPools = .mebibytes(800)
        input.memoryInUse = .mebibytes(860)
        #expect(both.decide(input).bounds.memory.budget.count == (budget.count + 1) / 2)
    }

    @Test func explanationsShowTheNumbers() throws {
        var sizer = PoolSizer(prior: .php)
        for step in 0..<40 {
            var input = Self.input(step, used: .mebibytes(30 + 12 + 40 + 4 * 22))
            input.workers = EstimateTests.workers([22, 21, 22, 22])
            input.shared = .mebibytes(40)
            input.requests = .init(
                count: 200, wall: .seconds(10), cpu: .milliseconds(2_400), runDelay: .milliseconds(400))
            input.downstream = DownstreamBound(connections: 100, reserved: 10, instances: 6, perWorker: 1)
            _ = sizer.decide(input)
        }
        var last = Self.input(40, limit: .mebibytes(256), used: .mebibytes(240))
        last.workers = EstimateTests.workers([22, 21, 22, 22])
        last.shared = .mebibytes(40)
        let explanations =
            sizer.decide(last).explanations(app: "web")
            + [
                EventLoopCount.explanation(cores: 0.5, source: "cpu.max of /sys/fs/cgroup"),
                DescriptorNeed.explanation(limit: 65_535, connections: 10_000, workers: 4),
            ]
        try TextGolden.check(explanations.flatMap(\.lines).joined(separator: "\n") + "\n", "explanations.txt")
    }
}

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

    @Test func programsBesideTheAppsGetWhatTheyMayUseAndAreNotCountedTwice() {
        var sizer = PoolSizer(prior: .php)
        var input = Self.input(0, limit: .gibibytes(2), used: .mebibytes(30 + 120))
        input.programs.add(inUse: .mebibytes(90), maxMemory: .mebibytes(64), instances: 2)
        input.programs.add(inUse: .mebibytes(30), maxMemory: nil, instances: 1)
        let memory = sizer.decide(input).bounds.memory
        #expect(memory.others == 0 && memory.programs == .mebibytes(158))
        // 2048 - 204.8 - 30 - 158
        #expect(memory.budget.inMebibytes == "1655.2 MiB")
        #expect(sizer.decide(input).arithmetic.contains { $0.contains("- 158 MiB processes)") })
        #expect(input.programs.explanation?.value == "158 MiB")
        #expect(ProgramMemory().explanation == nil)
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

    /// Half a core and four workers of 22 MiB, 3 times as long waiting as computing.
    static func busy(_ step: Int) -> SizingInput {
        var input = Self.input(step, used: .mebibytes(30 + 12 + 40 + 87))
        input.workers = EstimateTests.workers([22, 21, 22, 22])
        input.shared = .mebibytes(40)
        input.requests = .init(
            count: 200, wall: .seconds(10), cpu: .milliseconds(2_400), runDelay: .milliseconds(400))
        input.downstream = DownstreamBound(connections: 100, reserved: 10, instances: 6, perWorker: 1)
        return input
    }

    @Test func shortMemorySaysWhy() {
        var sizer = PoolSizer(prior: .php)
        for step in 0..<40 { _ = sizer.decide(Self.busy(step)) }
        var lowered = Self.busy(40)
        lowered.memoryLimit = .mebibytes(184)
        #expect(
            sizer.decide(lowered).why == "shrank at once from 4 to 1: the memory limit went from 512 MiB to 184 MiB")

        sizer = PoolSizer(prior: .php)
        for step in 0..<40 { _ = sizer.decide(Self.busy(step)) }
        var full = Self.busy(40)
        full.memoryInUse = .mebibytes(480)
        let decision = sizer.decide(full)
        #expect(decision.why == "shrank at once from 4 to 1: 480 MiB of 512 MiB are in use")
        #expect(decision.changedAt == full.now)

        sizer = PoolSizer(prior: .php)
        for step in 0..<40 { _ = sizer.decide(Self.busy(step)) }
        var grown = Self.busy(40)
        grown.workers = EstimateTests.workers([110, 25, 25, 25])
        grown.memoryInUse = .mebibytes(267)
        #expect(
            sizer.decide(grown).why
                == "shrank at once from 4 to 2: with all workers at 110 MiB the container would need 522 MiB")
    }

    @Test func explanationsShowTheNumbers() throws {
        var sizer = PoolSizer(prior: .php)
        for step in 0..<40 { _ = sizer.decide(Self.busy(step)) }
        let explanations =
            sizer.decide(Self.busy(40)).explanations(app: "web")
            + [
                EventLoopCount.explanation(cores: 0.5, source: "cpu.max of /sys/fs/cgroup"),
                DescriptorNeed.explanation(limit: 65_535, connections: 10_000, workers: 4, idleUpstreams: 0),
            ]
            + Explanation.resources(
                memory: .mebibytes(256), memorySource: "memory.max of /sys/fs/cgroup", cores: 0.5,
                coresSource: "cpu.max of /sys/fs/cgroup")
        try TextGolden.check(explanations.flatMap(\.lines).joined(separator: "\n") + "\n", "explanations.txt")
    }
}

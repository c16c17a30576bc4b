import Testing

@testable import WeirCore

@Suite struct EstimateTests {
    static func workers(_ mebibytes: [Int], requests: Int = 100) -> [SizingInput.Worker] {
        mebibytes.map { .init(requests: requests, ownMemory: .mebibytes($0)) }
    }

    @Test func memoryStartsAtThePriorAndComesToWhatIsMeasured() {
        var estimate = WorkerMemoryEstimate(prior: .mebibytes(64))
        #expect(estimate.value == .mebibytes(64))
        for _ in 0..<10 { estimate.observe(Self.workers([24, 24, 24])) }
        #expect(estimate.measurements == 30)
        #expect(estimate.value == .mebibytes(34))
        for _ in 0..<1_000 { estimate.observe(Self.workers([24, 24, 24])) }
        #expect(estimate.value.inMebibytes == "24.1 MiB")
    }

    @Test func workersLargerThanThePriorAreBelievedAtOnce() {
        var estimate = WorkerMemoryEstimate(prior: .mebibytes(64))
        estimate.observe(Self.workers([80]))
        #expect(estimate.value == .mebibytes(80))
    }

    @Test func youngWorkersDoNotDragTheEstimateDown() {
        var estimate = WorkerMemoryEstimate(prior: .mebibytes(64))
        for _ in 0..<500 { estimate.observe(Self.workers([90, 90])) }
        for _ in 0..<500 { estimate.observe(Self.workers([20, 20, 20, 20], requests: 5)) }
        #expect(estimate.value == .mebibytes(90))
        estimate.observe(Self.workers([120], requests: 1))
        #expect(estimate.value == .mebibytes(120))
    }

    @Test func theEstimateForgetsAReleaseThatIsGone() {
        var estimate = WorkerMemoryEstimate(prior: .mebibytes(64))
        for _ in 0..<1_000 { estimate.observe(Self.workers([90])) }
        for _ in 0..<WorkerMemoryEstimate.window { estimate.observe(Self.workers([30])) }
        #expect(estimate.value < .mebibytes(31))
    }

    @Test func oneOfTwentyMayBeLargerThanThe95thPercentile() {
        let values = (1...20).map { Bytes.mebibytes($0) }
        #expect(WorkerMemoryEstimate.percentile95(values) == .mebibytes(19))
        #expect(WorkerMemoryEstimate.percentile95([.mebibytes(3)]) == .mebibytes(3))
        #expect(WorkerMemoryEstimate.percentile95([]) == 0)
    }

    static func requests(_ count: Int, wall: Int, cpu: Int, runDelay: Int?) -> SizingInput.Requests {
        SizingInput.Requests(
            count: count, wall: .milliseconds(wall), cpu: .milliseconds(cpu),
            runDelay: runDelay.map { .milliseconds($0) })
    }

    @Test func waitingGivesTheWorkedRow() {
        var cost = RequestCost(prior: 4)
        #expect(cost.waitPerCPU == 4)
        cost.observe(Self.requests(450, wall: 9_000, cpu: 2_250, runDelay: 2_250), elapsed: .seconds(5), cores: 2)
        #expect(abs(cost.waitPerCPU - 2.2) < 1e-9)
    }

    @Test func waitingForACPUIsNotWaiting() {
        var cost = RequestCost(prior: 4)
        for _ in 0..<50 {
            cost.observe(Self.requests(500, wall: 50_000, cpu: 5_000, runDelay: 45_000), elapsed: .seconds(5), cores: 1)
        }
        #expect(cost.waitPerCPU < 0.1)
    }

    @Test func withoutRunDelayOnlyCalmTimesCount() {
        var cost = RequestCost(prior: 4)
        for _ in 0..<50 {
            cost.observe(Self.requests(500, wall: 50_000, cpu: 5_000, runDelay: nil), elapsed: .seconds(5), cores: 1)
        }
        #expect(cost.waitPerCPU == 4)
        for _ in 0..<50 {
            cost.observe(Self.requests(50, wall: 2_000, cpu: 500, runDelay: nil), elapsed: .seconds(5), cores: 1)
        }
        #expect(abs(cost.waitPerCPU - 3) < 0.2)
    }

    @Test func aQuietNightForgetsNothing() {
        var cost = RequestCost(prior: 4)
        for _ in 0..<50 {
            cost.observe(Self.requests(500, wall: 5_000, cpu: 500, runDelay: 0), elapsed: .seconds(5), cores: 1)
        }
        let before = cost.waitPerCPU
        for _ in 0..<10_000 { cost.observe(.none, elapsed: .seconds(5), cores: 1) }
        #expect(cost.waitPerCPU == before)
    }
}

import Testing

@testable import WeirCore

@Suite struct BoundTests {
    static let half = MemoryBound(
        limit: .mebibytes(512), server: .mebibytes(30), others: .mebibytes(10), shared: .mebibytes(40),
        perWorker: .mebibytes(22))

    @Test func memoryGivesTheWorkedRow() {
        #expect(Self.half.reserve.inMebibytes == "51.2 MiB")
        #expect(Self.half.budget.inMebibytes == "420.8 MiB")
        #expect(Self.half.forWorkers.inMebibytes == "340.8 MiB")
        #expect(Self.half.workers == 13)
        #expect(MemoryBound.overlap(of: 13) == 2)
    }

    @Test func aReloadAlwaysFitsBesideTheWorkers() {
        for fit in 2...500 {
            var bound = Self.half
            bound.perWorker = Bytes(bound.forWorkers.count / fit)
            let workers = bound.workers
            let most = bound.forWorkers.count / bound.perWorker.count
            #expect(workers + MemoryBound.overlap(of: workers) <= most)
            #expect(workers + 1 + MemoryBound.overlap(of: workers + 1) > most)
        }
    }

    @Test func whatIsReservedForALargeMachineIsAShareAndForASmallContainerAnAmount() {
        var bound = Self.half
        bound.limit = .gibibytes(32)
        #expect(bound.reserve.inMebibytes == "3276.8 MiB")
        bound.limit = .mebibytes(128)
        #expect(bound.reserve == .mebibytes(32))
        bound.reserveShare = 0.5
        #expect(bound.reserve == .mebibytes(64))
    }

    @Test func appsDivideWhatIsLeftByWeight() {
        var bound = Self.half
        bound.share = 0.25
        #expect(bound.budget.inMebibytes == "105.2 MiB")
        #expect(bound.workers == 0)
    }

    @Test func nothingFitsIntoNothing() {
        var bound = Self.half
        bound.limit = .mebibytes(64)
        #expect(bound.budget == 0)
        #expect(bound.workers == 0)
        bound.perWorker = 0
        #expect(bound.workers == 0)
    }

    @Test(arguments: [(0.5, 3.0, 4), (2, 9, 25), (4, 0, 5)])
    func cpuGivesTheWorkedRows(cores: Double, waitPerCPU: Double, workers: Int) {
        #expect(CPUBound(cores: cores, waitPerCPU: waitPerCPU).workers == workers)
    }

    @Test func aCoreIsNeverIdleForWantOfAWorker() {
        #expect(CPUBound(cores: 0.25, waitPerCPU: 0).workers == 2)
        #expect(CPUBound(cores: 1, waitPerCPU: 0).workers == 2)
        #expect(CPUBound(cores: 1, waitPerCPU: -3).workers == 2)
        #expect(CPUBound(cores: 1e300, waitPerCPU: 1e300).workers > 1_000_000)
    }

    /// The claim of ``CPUBound``, against the exact solution of the queue it speaks of.
    @Test(arguments: [0.5, 1, 2, 4, 8, 32])
    func theCoresAreBusyWithRandomTimes(cores: Double) {
        for waitPerCPU in [0, 0.2, 0.5, 1, 2, 3, 5, 9, 30, 100] {
            let workers = CPUBound(cores: cores, waitPerCPU: waitPerCPU).workers
            #expect(ClosedQueue.utilization(workers: workers, cores: cores, waitPerCPU: waitPerCPU) >= 0.9)
        }
    }

    @Test func downstreamGivesTheWorkedRow() {
        #expect(DownstreamBound(connections: 200, reserved: 20, instances: 8, perWorker: 1).workers == 22)
        #expect(DownstreamBound(connections: 10, reserved: 20, instances: 8, perWorker: 1).workers == 0)
        #expect(DownstreamBound(connections: 100, reserved: 0, instances: 4, perWorker: 5).workers == 5)
    }

    @Test func theLeastBoundRulesAndOneWorkerIsTheLeast() {
        var bounds = SizingBounds(memory: Self.half, cpu: CPUBound(cores: 2, waitPerCPU: 9))
        #expect(bounds.wish == (13, .memory))
        bounds.cpu.waitPerCPU = 0.5
        #expect(bounds.wish == (4, .cpu))
        bounds.downstream = DownstreamBound(connections: 8, reserved: 4, instances: 2, perWorker: 1)
        #expect(bounds.wish == (2, .downstream))
        bounds.downstream?.connections = 0
        #expect(bounds.wish == (1, .downstream))
    }

    @Test func loopsAndDescriptorsGiveTheWorkedRows() {
        #expect([0.5, 2, 2.5, 0].map(EventLoopCount.loops(cores:)) == [1, 2, 3, 1])
        #expect(DescriptorNeed.descriptors(connections: 10_000, workers: 20, idleUpstreams: 0) == 20_316)
    }
}

import Testing
import WeirCore

@Suite struct RuntimeSizingTests {
    @Test(
        "Node's processes, old space, semi-space and threads",
        arguments: [
            (2.0, 512, 2, 156, 8, 4), (8, 200, 1, 114, 8, 32), (0.5, 256, 1, 156, 8, 4), (4, 2_048, 4, 348, 16, 4),
            (4, 300, 2, 76, 4, 8), (1, 100, 1, 64, 2, 4), (32, 140, 1, 69, 4, 64), (2.5, 4_096, 3, 988, 64, 4),
            (2, 1_216, 2, 420, 32, 4), (0, 0, 1, 64, 1, 4),
        ])
    func node(cores: Double, mebibytes: Int, processes: Int, oldSpace: Int, semiSpace: Int, threads: Int) {
        let memory = Bytes.mebibytes(mebibytes)
        #expect(NodeSizing.processes(cores: cores, memory: memory) == processes)
        #expect(NodeSizing.oldSpaceMebibytes(memory: memory, processes: processes) == oldSpace)
        #expect(NodeSizing.semiSpaceMebibytes(memory: memory, processes: processes) == semiSpace)
        #expect(NodeSizing.threadpool(cores: cores, processes: processes) == threads)
    }

    @Test("fewer processes where one was measured to need more")
    func measured() {
        #expect(NodeSizing.processes(cores: 8, memory: .gibibytes(1), need: .mebibytes(300)) == 3)
    }

    @Test("the least need leaves the least old space within its share")
    func leastNeed() {
        #expect(NodeSizing.oldSpaceMebibytes(memory: NodeSizing.need, processes: 1) == 64)
        #expect((NodeSizing.need.count - NodeSizing.base.count) / 4 * 3 >= NodeSizing.leastOldSpace.count)
    }

    @Test("base, old space and young generation leave something of every share that is large enough")
    func withinTheShare() {
        for mebibytes in stride(from: NodeSizing.need.count >> 20, through: 8_192, by: 1) {
            let memory = Bytes.mebibytes(mebibytes)
            let young = 3 * NodeSizing.semiSpaceMebibytes(memory: memory, processes: 1)
            let old = NodeSizing.oldSpaceMebibytes(memory: memory, processes: 1)
            #expect((NodeSizing.base.count >> 20) + old + young < mebibytes)
        }
    }

    @Test("threads beside the main one collect where cores are left for them")
    func collectors() {
        #expect(NodeSizing.hasIdleCores(cores: 2, processes: 2) == false)
        #expect(NodeSizing.hasIdleCores(cores: 0.5, processes: 1) == false)
        #expect(NodeSizing.hasIdleCores(cores: 2.5, processes: 2))
        #expect(NodeSizing.hasIdleCores(cores: 8, processes: 1))
    }

    @Test(
        "Go's variables",
        arguments: [
            (0.5, 512, 1, 1, "409MiB"), (2.5, 512, 2, 3, "204MiB"), (0, 0, 1, 1, "1MiB"), (4, 256, 1, 4, "204MiB"),
        ])
    func go(cores: Double, mebibytes: Int, processes: Int, maxProcs: Int, limit: String) {
        #expect(GoSizing.maxProcs(cores: cores) == maxProcs)
        #expect(GoSizing.memoryLimit(memory: .mebibytes(mebibytes), processes: processes) == limit)
    }

    @Test("a program's part of the memory, and what of it each process is told")
    func share() {
        var share = ProgramShare(
            app: "web", limit: .mebibytes(512), reserveShare: 0.1, server: Bytes(32_296_141), part: 0.5, cores: 2,
            coresSource: "here")
        #expect(share.memory.inMebibytes == "215 MiB")
        share.processes = 2
        #expect(share.nodeProcesses == 1 && share.threadpool == 4 && share.maxProcs == 2)
        let said = SaidNumber("7", by: "node.threadpool")
        let numbers = share.nodeExplanations(oldSpace: nil, threadpool: said)
        #expect(numbers[0].value == share.oldSpace.inMebibytes && numbers[0].why.contains("told to each process"))
        #expect(numbers[1].value == "7" && numbers[1].why == "node.threadpool says it; found would be 4")
        share.server = .gibibytes(1)
        #expect(share.memory == 0, "never less than nothing")
    }

    @Test("idle connections to HTTP apps need descriptors beside those that serve")
    func descriptors() {
        #expect(DescriptorNeed.descriptors(connections: 10_000, workers: 4, idleUpstreams: 64) == 20_332)
        let explanation = DescriptorNeed.explanation(
            limit: 65_535, connections: 10_000, workers: 4, idleUpstreams: 64)
        #expect(explanation.formula.contains("idle upstream connections"))
        #expect(explanation.inputs.contains { $0.value == "64" })
        #expect(
            SizingWarning.tooFewDescriptors(limit: 20_268, connections: 10_000, workers: 4, idleUpstreams: 0) == nil)
        let warning = SizingWarning.tooFewDescriptors(
            limit: 20_268, connections: 10_000, workers: 4, idleUpstreams: 64)
        #expect(warning?.text.contains("+ 64 idle upstream connections + 256 = 20332") == true)
        #expect(warning?.text.contains("set limits.connections to 9968") == true)
    }
}

/// What memory, CPU and the systems downstream each allow, and so how many workers are wanted.
///
///     workers = max(1, min(memory, cpu, downstream))
package struct SizingBounds: Hashable, Sendable {
    package enum Rule: String, Hashable, Sendable { case memory, cpu, downstream, configured }

    package var memory: MemoryBound
    package var cpu: CPUBound
    package var downstream: DownstreamBound?
    var memoryBasis = ""
    var cpuBasis = ""

    package init(memory: MemoryBound, cpu: CPUBound, downstream: DownstreamBound? = nil) {
        self.memory = memory
        self.cpu = cpu
        self.downstream = downstream
    }

    /// How many workers are wanted, and which bound says so.
    package var wish: (workers: Int, rule: Rule) {
        var least = (workers: memory.workers, rule: Rule.memory)
        if cpu.workers < least.workers { least = (cpu.workers, .cpu) }
        if let downstream, downstream.workers < least.workers { least = (downstream.workers, .downstream) }
        return (max(1, least.workers), least.rule)
    }

    var arithmetic: [String] {
        [memory.arithmetic(memoryBasis), cpu.arithmetic(cpuBasis)] + (downstream.map { [$0.arithmetic] } ?? [])
    }
}

/// What a Go process is told of its container, unless it is told already.
///
///     GOMAXPROCS   max(1, ceil(C))      C: cores the container may use, also a fraction
///     GOMEMLIMIT   4/5 * M / P          M: the app's memory, P: its processes; in MiB
///
/// Before Go 1.25 a process counts the machine's cores and not its quota: with 64 threads on half a core it spends a
/// period's time at once and stands still for the rest of it. The processes of an app share the quota as they need it, so
/// each gets all of it. The memory limit is a soft one: the collector works harder the closer the heap comes. A fifth is
/// left for what it does not count, C libraries and the kernel's buffers, and for the moment in which it is exceeded.
///
/// Source: Go's "A Guide to the Go Garbage Collector" (5 to 10 % of headroom at least), and its runtime's documentation.
///
/// Worked row: C = 0.5, M = 512 MiB, P = 1: GOMAXPROCS=1, GOMEMLIMIT=409MiB. C = 2.5, P = 2: 3 and 204MiB.
package enum GoSizing {
    package static func maxProcs(cores: Double) -> Int { EventLoopCount.loops(cores: cores) }

    /// As the variable takes it: `409MiB`; 1 MiB at least.
    package static func memoryLimit(memory: Bytes, processes: Int) -> String {
        let share = Bytes(memory.count / max(1, processes))
        return "\(max(1, (share * 0.8).count >> 20))MiB"
    }
}

import Glibc
import Testing
import WeirCore

@testable import WeirProcess

/// What containers of all sorts show of their limits, recorded.
@Suite struct RecordedContainerTests {
    private func limits(_ tree: RecordedTree) -> ContainerLimits {
        let files = ContainerFiles(root: tree.root)
        return ContainerLimits(memory: ContainerMemory.read(files), cpu: ContainerCPU.read(files, affinity: 4))
    }

    @Test(arguments: [
        ("v2-nested", 512, "memory.max of /sys/fs/cgroup/kubepods.slice/pod1.slice"),
        ("v2-high", 768, "memory.high of /sys/fs/cgroup"),
        ("v2-max", 16_000, "MemTotal of /proc/meminfo"),
        ("v1", 512, "memory.limit_in_bytes of /sys/fs/cgroup/memory"),
        ("v1-hidden", 2_048, "hierarchical_memory_limit of /sys/fs/cgroup/memory"),
        ("v1-nested", 256, "memory.limit_in_bytes of /sys/fs/cgroup/memory/team"),
        ("host", 16_000, "MemTotal of /proc/meminfo"),
    ])
    func theTightestMemoryLimitHolds(name: String, mebibytes: Int, source: String) throws {
        let limits = try limits(RecordedTree(name))
        #expect(limits.memory == .mebibytes(mebibytes))
        #expect(limits.memorySource == source)
    }

    @Test(arguments: [
        ("v2-nested", 0.5, "cpu.max of /sys/fs/cgroup/kubepods.slice/pod1.slice/web.scope"),
        ("v2-high", 4, "cores this process may run on"),
        ("v1", 1.5, "cpu.cfs_quota_us of /sys/fs/cgroup/cpu,cpuacct"),
        ("v1-hidden", 4, "cores this process may run on"),
        ("v1-nested", 0.25, "cpu.cfs_quota_us of /sys/fs/cgroup/cpu/team"),
        ("host", 4, "cores this process may run on"),
        ("none", 4, "cores this process may run on"),
    ])
    func theTightestQuotaHolds(name: String, cores: Double, source: String) throws {
        let limits = try limits(RecordedTree(name))
        #expect(limits.cpu == cores)
        #expect(limits.cpuSource == source)
    }

    @Test func aQuotaBeyondTheCPUSetIsNone() throws {
        let files = try ContainerFiles(root: RecordedTree("v1").root)
        #expect(ContainerCPU.read(files, affinity: 1).cores == 1)
    }

    /// Charged, working set, in use; in MiB.
    @Test(arguments: [
        ("v2-nested", 300, 240, 210), ("v2-high", 100, 80, 70), ("v1", 150, 110, 90), ("v1-nested", 200, 170, 160),
        ("host", 4_000, 4_000, 4_000),
    ])
    func useIsThatOfTheGroupThatIsLimited(name: String, charged: Int, workingSet: Int, inUse: Int) throws {
        let tree = try RecordedTree(name)
        let memory = try #require(ContainerMemory.read(ContainerFiles(root: tree.root)))
        #expect(memory.charged == .mebibytes(charged))
        #expect(memory.workingSet == .mebibytes(workingSet))
        #expect(memory.inUse == .mebibytes(inUse))
    }

    @Test(arguments: [
        ("v2-nested", 4_200, 17, 850), ("v2-high", 1_500, 0, 0), ("v1", 61_000, 9, 777), ("v1-nested", 3_000, 2, 5),
        ("none", nil, 0, 0),
    ])
    func usedAndWithheldCPUTimeIsCounted(name: String, used: Int?, periods: Int, throttled: Int) throws {
        let tree = try RecordedTree(name)
        let cpu = ContainerCPU.read(ContainerFiles(root: tree.root), affinity: 4)
        #expect(cpu.used == used.map { .milliseconds($0) })
        #expect(cpu.throttledPeriods == periods)
        #expect(cpu.throttled == .milliseconds(throttled))
    }

    @Test func aLimitThatIsChangedIsSeen() throws {
        let tree = try RecordedTree("v2-high")
        let files = ContainerFiles(root: tree.root)
        #expect(ContainerLimits.read(files).memory == .mebibytes(768))
        try tree.write("sys/fs/cgroup/memory.max", "268435456\n")
        try tree.write("sys/fs/cgroup/cpu.max", "10000 100000\n")
        let lowered = ContainerLimits.read(files)
        #expect(lowered.memory == .mebibytes(256))
        #expect(lowered.cpu == 0.1)
    }

    @Test func nothingToReadIsNoReasonToFail() throws {
        let tree = try RecordedTree("none")
        let limits = limits(tree)
        #expect(limits.memory == nil && limits.memorySource == "unknown")
        #expect(ProcessMemory.read(pid: 42, root: tree.root) == nil)
        #expect(ProcessCPU.read(pid: 42, root: tree.root) == nil)
        #expect(ListenBacklog.somaxconn(root: tree.root) == nil)
    }

    @Test func aProcessIsReadFromItsFiles() throws {
        let tree = try RecordedTree("host")
        #expect(
            ProcessMemory.read(pid: 42, root: tree.root)
                == ProcessMemory(own: .kibibytes(21_000), shared: .kibibytes(20_000), proportional: .kibibytes(24_000)))
        #expect(ProcessMemory.anonymous(pid: 42, root: tree.root) == nil)
        try tree.write("proc/42/statm", "9000 5000 1000 2 0 700 0\n")
        #expect(ProcessMemory.anonymous(pid: 42, root: tree.root) == Bytes(4_000 * sysconf(Int32(_SC_PAGESIZE))))
        #expect(
            ProcessCPU.read(pid: 42, root: tree.root)
                == ProcessCPU(cpu: Nanoseconds(166_778_000), runDelay: Nanoseconds(61_967_000)))
        #expect(ProcessCPU.read(pid: 43, root: tree.root) == ProcessCPU(cpu: .seconds(3), runDelay: nil))
        #expect(ListenBacklog.somaxconn(root: tree.root) == 4_096)
    }
}

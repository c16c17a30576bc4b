import Foundation
import Testing
import WeirCore
import WeirTestSupport

@testable import WeirProcess

/// A process in a control group of 512 MiB and half a core, made for it.
@Suite struct RealContainerTests {
    @Test(.enabled(if: RealCgroup.canBeMade, "needs root and cgroup v1 with the memory and cpu controllers writable"))
    func limitsAndUseOfARealGroupAreRead() throws {
        let group = try RealCgroup(memory: .mebibytes(512), quota: 50_000)
        // Keeps 64 MiB, then computes for ever.
        let busy = try group.run("x=$(head -c 67108864 /dev/zero | tr '\\0' a); while :; do :; done")
        let files = ContainerFiles(process: "\(busy)")

        #expect(ContainerMemory.read(files)?.limit == .mebibytes(512))
        #expect(ContainerLimits.read(files).memorySource.hasPrefix("memory.limit_in_bytes of /sys/fs/cgroup/memory/"))
        let cpu = ContainerCPU.read(files)
        #expect(cpu.cores == 0.5)
        #expect(cpu.source.hasPrefix("cpu.cfs_quota_us of "))

        eventually(within: 60, "64 MiB in use") {
            (ContainerMemory.read(files)?.inUse ?? 0) > .mebibytes(64)
                && (ProcessMemory.read(pid: busy)?.own ?? 0) > .mebibytes(64)
        }
        eventually(within: 60, "half a core in use, the rest withheld") {
            let now = ContainerCPU.read(files)
            return now.throttledPeriods >= 5 && now.throttled > .milliseconds(100)
        }
        // What the quota withholds is run delay, not waiting: the sizer counts on it.
        let process = try #require(ProcessCPU.read(pid: busy))
        let delay = try #require(process.runDelay)
        #expect(delay >= ContainerCPU.read(files).throttled - .seconds(5))
        #expect(delay > .milliseconds(50))

        try group.set("memory", "memory.limit_in_bytes", "\(256 << 20)")
        try group.set("cpu", "cpu.cfs_quota_us", "25000")
        let lowered = ContainerLimits.read(files)
        #expect(lowered.memory == .mebibytes(256))
        #expect(lowered.cpu == 0.25)
    }

    @Test func thisProcessIsRead() throws {
        let limits = ContainerLimits.read()
        #expect(limits.memory ?? 0 > .mebibytes(16))
        #expect(limits.cpu > 0)
        let memory = try #require(ProcessMemory.read(pid: getpid()))
        #expect(memory.own > .mebibytes(1) && memory.proportional >= memory.own)
        #expect(ProcessMemory.proportional(pid: getpid()) != nil)
        let before = try #require(ProcessCPU.read(pid: getpid()))
        eventually { (ProcessCPU.read(pid: getpid())?.cpu ?? .zero) > before.cpu }
        #expect((ListenBacklog.somaxconn() ?? 0) >= 128)
    }

    @Test func theSoftLimitOfFilesIsRaisedToTheHardOne() throws {
        let raised = try DescriptorLimit.raise()
        #expect(raised.soft == raised.hard)
        #expect(try DescriptorLimit.read() == raised)
    }
}

/// A cgroup v1 of its own, gone with its processes at the end of the test.
private final class RealCgroup {
    private static let controllers = ["memory", "cpu"]
    private let name = "weir-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    private var processes: [pid_t] = []

    static var canBeMade: Bool {
        geteuid() == 0 && access("/sys/fs/cgroup/memory/memory.limit_in_bytes", W_OK) == 0
            && access("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", W_OK) == 0
    }

    init(memory: Bytes, quota: Int) throws {
        for controller in Self.controllers {
            guard mkdir(directory(controller), 0o755) == 0 else { throw SystemError("making \(directory(controller))") }
        }
        try set("memory", "memory.limit_in_bytes", "\(memory.count)")
        try set("cpu", "cpu.cfs_period_us", "100000")
        try set("cpu", "cpu.cfs_quota_us", "\(quota)")
    }

    func set(_ controller: String, _ file: String, _ value: String) throws {
        let path = "\(directory(controller))/\(file)"
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("opening \(path)") }
        defer { close(descriptor) }
        guard write(descriptor, value, value.utf8.count) == value.utf8.count else {
            throw SystemError("writing \(value) to \(path)")
        }
    }

    /// Starts a script in the group; its memory and CPU time count from its first instruction.
    func run(_ script: String) throws -> pid_t {
        let joined = Self.controllers.map { "echo $$ > \(directory($0))/cgroup.procs;" }.joined(separator: " ")
        let process = ChildProcess(
            path: "/bin/sh", arguments: ["-c", "\(joined) \(script)"], environment: ["PATH": "/usr/bin:/bin"])
        let pid = try process.spawn(control: -1, output: STDERR_FILENO, error: STDERR_FILENO)
        processes.append(pid)
        eventually("the process is in its group") {
            SmallFile.read("/proc/\(pid)/cgroup")?.components(separatedBy: name).count == Self.controllers.count + 1
        }
        return pid
    }

    deinit {
        for pid in processes {
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        for controller in Self.controllers { _ = holds(within: 10) { rmdir(directory(controller)) == 0 } }
    }

    private func directory(_ controller: String) -> String { "/sys/fs/cgroup/\(controller)/\(name)" }
}

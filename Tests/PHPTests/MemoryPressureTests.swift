import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    /// A server in a container of its own, whose apps have no limits of their own.
    @Suite("A container that runs out of memory")
    struct MemoryPressureTests {
        @Test(.enabled(if: MemoryGroup.canBeMade, "needs root and cgroup v1 with the memory controller writable"))
        func theLargestWorkerIsReplacedAndARunawayIsKilled() throws {
            let group = try MemoryGroup(mebibytes: 384)
            var options = WeirProcess.Options()
            options.wrapper = group.wrapper
            let server = try PHPServer(
                pool: "{manager: static, max_workers: 3, max_requests: 0, log_growth: off}",
                ini: "output_buffering: 0, ffi.enable: 1", options: options)
            let before = try server.waitUntilIdle(3).pids
            let client = try server.connect()
            let isReplaced = try holds(within: 60) {
                let answer = try client.get("/leak.php?mb=2")
                #expect(answer.status == 200)
                usleep(50_000)
                return server.weir.standardError.contains("worker.too_large")
            }
            #expect(isReplaced, "\(server.weir.standardError)")
            _ = try server.logLine("worker.too_large", "end=replaced", "container_memory=", "limit=\"384 MiB\"")
            // Its successor comes first.
            try eventually("one is another") { before.subtracting(try server.pool().pids).count == 1 }
            let after = try server.waitUntilIdle(3)
            #expect(before.subtracting(after.pids).count == 1 && after.killed == 0 && after.died == 0)

            let greedy = try server.begin("/memory.php?mb=2000&pause=100")
            let others = try (0..<2).map { _ in try server.begin("/sleep.php?ms=3000") }
            #expect(try greedy.readAnswer().status == 502)
            for client in others { #expect(try client.readAnswer().status == 200) }
            _ = try server.logLine("worker.too_large", "end=killed", "container_memory=")
            let last = try server.waitUntilIdle(3)
            #expect(last.killed == 1 && last.died == 0)
            server.stop()
        }
    }
}

/// A control group with a limit of memory; gone with the test.
private final class MemoryGroup {
    private static let root = "/sys/fs/cgroup/memory"
    private let directory = "\(root)/weir-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    static var canBeMade: Bool { geteuid() == 0 && access("\(root)/memory.limit_in_bytes", W_OK) == 0 }

    init(mebibytes: Int) throws {
        guard mkdir(directory, 0o755) == 0 else { throw TestFailure("mkdir \(directory)") }
        let limit = Data("\(mebibytes << 20)".utf8)
        try limit.write(to: URL(fileURLWithPath: "\(directory)/memory.limit_in_bytes"))
    }

    /// What is started with it is in the group, and so are its children.
    var wrapper: [String] { ["sh", "-c", "echo $$ > \(directory)/cgroup.procs; exec \"$@\"", "sh"] }

    deinit { _ = holds(within: 10) { rmdir(directory) == 0 } }
}

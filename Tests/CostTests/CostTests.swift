import Foundation
import Testing
import WeirTestSupport

/// What a request costs in allocations and system calls. Unlike times, counts repeat exactly. The release build is what
/// is counted; the debug build allocates for its own checks.
@Suite(.serialized, .enabled(if: ReleaseBuild.isMeasured, "WEIR_BINARY names no release build"))
struct CostTests {
    private static let requests = 2_000

    private static func site() throws -> TemporaryDirectory {
        let site = try TemporaryDirectory()
        try site.write("hello.php", "<?php echo 'Hello, World!';")
        try site.write("file.txt", String(repeating: "0123456789abcdef", count: 64))
        return site
    }

    private static let settings = """
        access_log: json
        apps:
          web: {runtime: php, root: ., pool: {manager: static, max_workers: 2, max_requests: 0}}
        """

    @Test(arguments: ["/hello.php", "/file.txt"])
    func aRequestAllocatesAtMostTwice(path: String) throws {
        let counter = try AllocationCounter()
        var options = WeirProcess.Options()
        options.environment = counter.environment
        let weir = try WeirProcess(try Self.site(), Self.settings, options: options)
        let client = try RawClient(port: weir.port)
        for _ in 0..<200 { #expect(try client.get(path).status == 200) }

        let before = counter.count
        for _ in 0..<Self.requests { _ = try client.get(path) }
        let perRequest = Double(counter.count - before) / Double(Self.requests)
        #expect(perRequest <= 2, "\(perRequest) allocations a request")
    }

    @Test func aFileTakesOneReadAndOneWrite() throws {
        let calls = try Self.systemCalls(of: "/file.txt")
        #expect((0.95...1.05).contains(calls.reads) && (0.95...1.05).contains(calls.writes), "\(calls)")
    }

    @Test func aScriptTakesOneReadAndOneWriteOnEachSide() throws {
        let calls = try Self.systemCalls(of: "/hello.php")
        #expect((1.95...2.05).contains(calls.reads) && (1.95...2.05).contains(calls.writes), "\(calls)")
    }

    /// Of the server's event loops, by request, as strace sees them.
    private static func systemCalls(of path: String) throws -> (reads: Double, writes: Double) {
        let weir = try WeirProcess(try site(), settings.replacing("json", with: "off"))
        let client = try RawClient(port: weir.port)
        for _ in 0..<50 { _ = try client.get(path) }
        let trace = try TemporaryDirectory()
        let strace = try Command([
            "strace", "-f", "-p", "\(weir.pid)", "-o", trace("calls"),
            "-e", "trace=read,write,writev,sendmsg,sendto,recvfrom",
        ])
        #expect(holds(within: 10) { strace.output.contains("attached") }, "\(strace.output)")
        let count = 300
        for _ in 0..<count { _ = try client.get(path) }
        _ = try strace.end(SIGINT)
        let lines = try String(contentsOfFile: trace("calls"), encoding: .utf8).split(separator: "\n")
        let loops = try eventLoops(of: weir.pid)
        // Wake-ups of a loop are eight bytes on an event descriptor, and no part of a request.
        let transfers = lines.filter { line in
            loops.contains { line.hasPrefix("\($0) ") } && !line.hasSuffix(", 8) = 8") && !line.contains("resumed")
        }
        func number(_ names: [String]) -> Double {
            Double(transfers.count { line in names.contains { line.contains(" \($0)(") } }) / Double(count)
        }
        return (number(["read", "recvfrom"]), number(["write", "writev", "sendmsg", "sendto"]))
    }

    /// The threads of those that serve connections. The control loop reads what workers use, whatever is requested.
    private static func eventLoops(of pid: pid_t) throws -> [String] {
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
        return try threads.filter { thread in
            try String(contentsOfFile: "/proc/\(pid)/task/\(thread)/comm", encoding: .utf8).hasPrefix("NIO-ELT-1-")
        }
    }
}

enum ReleaseBuild {
    static var isMeasured: Bool { (try? WeirProcess.binary())?.contains("release") ?? false }
}

/// Counts the allocations of a process that is started with its environment.
private final class AllocationCounter {
    private let directory: TemporaryDirectory
    private let page: UnsafeMutableRawPointer

    init() throws {
        directory = try TemporaryDirectory()
        let source = Package.path("Tests/CostTests/Counter/malloc_counter.c")
        let compiler = try Command(["cc", "-shared", "-fPIC", "-O2", "-o", directory("counter.so"), source])
        guard try compiler.finish(within: 60) == 0 else { throw TestFailure("cc: \(compiler.output)") }
        try directory.write("count", [UInt8](repeating: 0, count: 4_096))
        let file = open(directory("count"), O_RDWR)
        defer { close(file) }
        guard let page = mmap(nil, 4_096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), page != MAP_FAILED else {
            throw TestFailure("mmap: \(String(cString: strerror(errno)))")
        }
        self.page = page
    }

    deinit { munmap(page, 4_096) }

    var count: UInt64 { page.load(as: UInt64.self) }

    var environment: [String: String] {
        ["LD_PRELOAD": directory("counter.so"), "MALLOC_COUNT_FILE": directory("count")]
    }
}

import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Workers' memory")
    struct WorkerMemoryTests {
        /// leak.php takes memory that PHP knows nothing of, so that nothing gives it back.
        private static let leaks = "output_buffering: 0, ffi.enable: 1"

        private static func own(_ pid: Int32) -> Int {
            let text = (try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)) ?? ""
            return text.matches(of: #/Private_[A-Za-z]+: +([0-9]+) kB/#).compactMap { Int($0.1) }.reduce(0, +) >> 10
        }

        @Test func leakingWorkersAreReplacedAndNoRequestIsLost() throws {
            let server = try PHPServer(
                pool: """
                    {manager: static, max_workers: 3, max_requests: 0, max_memory: 48MiB, max_memory_hard: 2GiB, \
                    log_growth: off}
                    """,
                ini: Self.leaks)
            try server.waitUntilIdle(3)
            let load = Load(port: server.weir.port, clients: 4, paths: ["/leak.php?mb=1", "/sleep.php?ms=10"])
            let areReplaced = try holds(within: 20) { try server.pool().started >= 9 }
            let outcomes = load.stop()
            #expect(areReplaced && Set(outcomes.statuses.keys) == [200] && outcomes.broken == [], "\(outcomes)")
            let line = try server.logLine("worker.too_large", "end=replaced")
            #expect(line.contains("limit=\"48 MiB\""), "\(line)")
            try eventually("all are below the limit") { try server.pool().pids.allSatisfy { Self.own($0) <= 48 } }
            let pool = try server.waitUntilIdle(3)
            #expect(pool.died == 0 && pool.killed == 0 && pool.recentFailures.isEmpty)
            server.stop()
        }

        @Test func aRequestThatTakesTooMuchIsKilledAlone() throws {
            let server = try PHPServer(
                pool: "{manager: static, max_workers: 3, max_memory: 64MiB, max_memory_hard: 96MiB}")
            try server.waitUntilIdle(3)
            let greedy = try server.begin("/memory.php?mb=1600")
            let others = try (0..<2).map { _ in try server.begin("/sleep.php?ms=1500") }
            #expect(try greedy.readAnswer().status == 502)
            for client in others { #expect(try client.readAnswer().status == 200) }
            _ = try server.logLine("worker.too_large", "end=killed", "limit=\"96 MiB\"")
            _ = try server.logLine("worker.killed", "max_memory_hard")
            let pool = try server.waitUntilIdle(3)
            let failure = try #require(pool.recentFailures.first)
            #expect(failure.what == "max_memory_hard: signal 9 (Killed)" && failure.requests == 1)
            #expect(pool.killed == 1 && pool.died == 0 && pool.started == 4)
            server.stop()
        }

        @Test func growthIsLoggedWithItsPath() throws {
            let server = try PHPServer(workers: 1, ini: Self.leaks)
            try server.waitUntilIdle(1)
            let client = try server.connect()
            #expect(try client.get("/leak.php?mb=5").status == 200)
            for _ in 0..<9 { #expect(try client.get("/sleep.php?ms=1").status == 200) }
            #expect(!server.weir.standardError.contains("request.grew_memory"), "\(server.weir.standardError)")
            let answer = try client.get("/leak.php?mb=5")
            let line = try server.logLine("request.grew_memory")
            let id = try #require(answer["X-Request-Id"])
            let pid = try #require(try server.pool().pids.first)
            #expect(line.contains("path=/leak.php") && line.contains("request=\(id)") && line.contains("pid=\(pid)"))
            #expect(line.contains("growth=\"5"), "\(line)")
            // Once a second at most.
            for _ in 0..<20 { #expect(try client.get("/leak.php?mb=2").status == 200) }
            #expect(server.weir.standardError.split(separator: "\n").count { $0.contains("grew_memory") } <= 4)
        }

        @Test func aCrashIsShownWithItsSignalAndLastLines() throws {
            let server = try PHPServer(workers: 2)
            try server.waitUntilIdle(2)
            #expect(try server.get("/fail.php?how=last-words").status == 502)
            let pool = try server.waitUntilIdle(2)
            let failure = try #require(pool.recentFailures.first)
            #expect(failure.what == "signal 11 (Segmentation fault)")
            #expect(failure.lastWords == (3...7).map { "last word \($0)" })
            #expect(failure.requests == 1 && pool.recentFailures.count == 1)
        }

        @Test func theFirstRequestStartsItsWorkerAtOnce() throws {
            let server = try PHPServer(pool: "{manager: ondemand, max_workers: 2, process_idle_timeout: 100ms}")
            _ = try server.logLine("pool.ready")
            var times: [Double] = []
            for _ in 0..<9 {
                try eventually("no worker") { try server.pool().workers.isEmpty }
                let client = try server.connect()
                let start = Clock.now
                #expect(try client.get("/sleep.php?ms=0").status == 200)
                times.append(Clock.now - start)
            }
            // The pool's clock ticks every 0.1 s: to wait for it would take half of that, on the average.
            #expect(times.sorted()[4] < 0.05, "\(times)")
        }
    }
}

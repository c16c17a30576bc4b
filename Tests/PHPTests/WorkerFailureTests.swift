import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Workers that are lost")
    struct WorkerFailureTests {
        @Test func aKilledWorkerTakesItsOwnRequestAlone() throws {
            let server = try PHPServer(workers: 3)
            try server.waitUntilIdle(3)
            let clients = try (0..<3).map { _ in try server.begin("/sleep.php?ms=600") }
            try eventually { try server.app().active == 3 }
            let victim = try #require(try server.pool().pids.first)
            kill(victim, SIGKILL)
            try eventually(within: 1, "a successor") {
                let pool = try server.pool()
                return !pool.pids.contains(victim) && pool.idle == 1
            }
            let answers = try clients.map { try $0.readAnswer() }
            #expect(answers.map(\.status).sorted() == [200, 200, 502])
            let lost = try #require(answers.first { $0.status == 502 })
            #expect(lost.text.contains(try #require(lost["X-Request-Id"])))
            _ = try server.logLine("worker.exited", "pid=\(victim)", "signal 9")
            #expect(try server.waitUntilIdle(3).died == 1)
        }

        @Test func aRequestOverTimeIs504AndItsWorkerAloneIsKilled() throws {
            let server = try PHPServer(workers: 3, app: "timeouts: {request: 600ms}")
            let before = try server.waitUntilIdle(3).pids
            let long = try server.begin("/sleep.php?ms=30000")
            let others = try (0..<2).map { _ in try server.begin("/sleep.php?ms=400") }
            for client in others { #expect(try client.readAnswer().status == 200) }
            let start = Clock.now
            let answer = try long.readAnswer()
            #expect(answer.status == 504 && Clock.now - start < 1.5)
            let after = try server.waitUntilIdle(3)
            #expect(before.subtracting(after.pids).count == 1)
            #expect(after.killed == 1)
            _ = try server.logLine("worker.killed", "request_timeout")
        }

        @Test func theForkServersDeathCostsNoRequest() throws {
            let server = try PHPServer(workers: 3, app: "timeouts: {request: 2s}")
            let before = try server.waitUntilIdle(3).pids
            let clients = try (0..<3).map { _ in try server.begin("/sleep.php?ms=500") }
            try eventually { try server.app().active == 3 }
            let children = WeirProcess.descendants(of: server.weir.pid)
            let forkServer = try #require(children.first { !before.contains($0) })
            kill(forkServer, SIGKILL)
            for client in clients { #expect(try client.readAnswer().status == 200) }
            _ = try server.logLine("pool.fork_server_failed")
            // Those that came from it can still be told from others, killed, seen to end, and replaced.
            let victim = try #require(before.first)
            kill(victim, SIGKILL)
            try eventually(within: 3, "a successor") {
                let pool = try server.pool()
                return !pool.pids.contains(victim) && pool.idle == 3
            }
            let late = try (0..<3).map { _ in try server.begin("/sleep.php?ms=30000") }
            for client in late {
                let answer = try client.readAnswer()
                #expect(answer.status == 504, "\(answer.text) \(server.weir.standardError)")
            }
            let after = try server.waitUntilIdle(3).pids
            #expect(after.isDisjoint(with: before))
            server.stop()
            #expect(before.allSatisfy { kill($0, 0) != 0 })
        }

        @Test func recyclingCostsNoRequest() throws {
            let server = try PHPServer(
                pool: "{manager: static, max_workers: 4, max_requests: 20, max_requests_jitter: 30%}")
            let load = Load(port: server.weir.port, clients: 8, paths: ["/count.php", "/sleep.php?ms=3"])
            _ = holds(within: 4) { false }
            let outcomes = load.stop()
            #expect(Set(outcomes.statuses.keys) == [200], "\(outcomes)")
            #expect(outcomes.broken == [])
            let pool = try server.waitUntilIdle(4)
            #expect(pool.died == 0)
            #expect(pool.started > (outcomes.statuses[200] ?? 0) / 40)
            #expect(pool.workers.allSatisfy { $0.requests <= 26 })
        }

        @Test func theDynamicManagerGrowsAndShrinks() throws {
            let server = try PHPServer(pool: "{manager: dynamic, max_workers: 6, start: 1, min_spare: 1, max_spare: 2}")
            try eventually { try server.pool().idle == 1 }
            let clients = try (0..<8).map { _ in try server.begin("/sleep.php?ms=1200") }
            try eventually(within: 2, "growth") { try server.pool().active == 6 }
            for client in clients { #expect(try client.readAnswer().status == 200) }
            #expect(try server.pool().maxChildrenReached >= 1)
            try eventually(within: 15, "shrinking") {
                let pool = try server.pool()
                return pool.idle == 2 && pool.workers.count == 2
            }
            #expect(try server.pool().died == 0)
        }

        /// Random workers are killed under load: whoever was busy costs one request, nobody costs more.
        @Test func chaosCostsTheKilledRequestsOnly() throws {
            let seconds = ProcessInfo.processInfo.environment["WEIR_LONG"] == nil ? 6.0 : 30
            let server = try PHPServer(
                pool: """
                    {manager: static, max_workers: 6, max_requests: 40, max_requests_jitter: 20%, \
                    emergency_restart_threshold: 0}
                    """,
                top: "access_log: off"
            )
            try server.waitUntilIdle(6)
            _ = try server.get("/count.php")
            let before = Self.descriptors(of: server.weir.pid)
            let alone = try server.app()
            let load = Load(
                port: server.weir.port, clients: 16, paths: (1...20).map { "/sleep.php?ms=\($0 * 3)" } + ["/count.php"]
            )
            var generator = SystemRandomNumberGenerator()
            var kills = 0
            let end = Clock.now + seconds
            while Clock.now < end {
                usleep(.random(in: 20_000...200_000))
                guard let victim = try server.pool().pids.randomElement(using: &generator) else { continue }
                if kill(victim, SIGKILL) == 0 { kills += 1 }
            }
            let outcomes = load.stop()
            #expect(kills > 10 && outcomes.statuses[200] ?? 0 > 100)
            #expect(outcomes.failed <= kills, "\(kills) kills, \(outcomes)")
            #expect(Set(outcomes.statuses.keys).isSubset(of: [200, 502]), "\(outcomes)")
            let pool = try server.waitUntilIdle(6)
            #expect(pool.workers.count == 6 && pool.died <= kills)
            let app = try server.app()
            #expect(app.active == 0 && app.queue.length == 0)
            // Those that never came to their worker arrive again.
            let returned = server.weir.standardError.components(separatedBy: " request.retried ").count - 1
            let (served, lost) = (outcomes.statuses[200] ?? 0, outcomes.statuses[502] ?? 0)
            #expect(app.accepted - alone.accepted == served + lost + returned)
            // A worker may be known to be gone before the whole answer that it left has been read.
            #expect((max(0, served - kills)...served).contains(app.completed - alone.completed))
            try expectNoLeak(server, workers: 6, descriptors: before)
            server.stop()
        }

        @Test(.installed("/usr/bin/wrk", package: "wrk"))
        func aHundredThousandRequestsLeaveNothing() throws {
            let server = try PHPServer(
                pool: "{manager: static, max_workers: 4, max_requests: 500}", top: "access_log: off"
            )
            try server.waitUntilIdle(4)
            _ = try server.get("/count.php")
            let before = Self.descriptors(of: server.weir.pid)
            let wanted = ProcessInfo.processInfo.environment["WEIR_LONG"] == nil ? 20_000 : 100_000
            let url = "http://127.0.0.1:\(server.weir.port)/count.php"
            while try server.app().completed < wanted {
                let wrk = try Command(["wrk", "-t1", "-c16", "-d2s", url])
                #expect(try wrk.finish(within: 60) == 0)
                #expect(!wrk.output.contains("Non-2xx") && !wrk.output.contains("Socket errors"), "\(wrk.output)")
            }
            try server.waitUntilIdle(4)
            try expectNoLeak(server, workers: 4, descriptors: before)
            server.stop()
        }

        private func expectNoLeak(_ server: PHPServer, workers: Int, descriptors: Int) throws {
            // The fork server and its workers, none of them a zombie.
            eventually("no process too many") {
                WeirProcess.descendants(of: server.weir.pid).count == workers + 1
            }
            #expect(WeirProcess.descendants(of: server.weir.pid).allSatisfy { !Self.isZombie($0) })
            try eventually("no connection left") { try server.status().connections.open <= 1 }
            // A status request of ours and a successor on its way may be among them.
            eventually("descriptors as before") { Self.descriptors(of: server.weir.pid) <= descriptors + 3 }
        }

        private static func descriptors(of pid: pid_t) -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? 0
        }

        private static func isZombie(_ pid: pid_t) -> Bool {
            let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            return stat.split(separator: ")").last?.split(separator: " ").first == "Z"
        }
    }
}

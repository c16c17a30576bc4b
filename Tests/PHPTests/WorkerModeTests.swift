import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Worker mode")
    struct WorkerModeTests {
        static func mode(preload: Bool = true) -> String {
            "mode: worker\nworker: {script: \(PHPServer.site)/worker.php, preload: \(preload)}"
        }

        private func server(
            workers: Int = 1, pool: String? = nil, app: String = "", top: String = "",
            health: String = "{status: /status, metrics: /metrics}", preload: Bool = true
        ) throws -> PHPServer {
            let server = try PHPServer(
                workers: workers, pool: pool, app: Self.mode(preload: preload) + "\n" + app, top: top, health: health)
            try server.waitUntilIdle(workers)
            return server
        }

        /// The only worker, which has served: its successor is another story.
        private func kill(_ server: PHPServer) throws {
            let worker = try #require(try server.get("/hello")["X-Worker"].flatMap { Int32($0) })
            #expect(Foundation.kill(worker, SIGKILL) == 0)
        }

        /// In which the application has started.
        private func killForkServer(_ server: PHPServer) throws {
            let worker = try #require(try server.get("/hello")["X-Worker"])
            let status = try String(contentsOfFile: "/proc/\(worker)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("PPid:") })
            let parent = try #require(Int32(line.dropFirst(5).trimmingCharacters(in: .whitespaces)))
            #expect(Foundation.kill(parent, SIGKILL) == 0)
        }

        // MARK: Requests

        @Test func theApplicationStartsOnceForAllWorkers() throws {
            let server = try server(workers: 3)
            let workers = try server.pool().pids
            #expect(Foundation.kill(try #require(workers.first), SIGKILL) == 0)
            try eventually("its successor") { try server.pool().started == 4 }
            try server.waitUntilIdle(3)
            #expect(server.lines("boots").count == 1)
            server.stop()
        }

        @Test func withoutPreloadItStartsOnceAWorker() throws {
            let server = try server(workers: 2, preload: false)
            #expect(server.lines("boots").count == 2)
            server.stop()
        }

        @Test func aWorkerServesOneRequestAfterTheOther() throws {
            let server = try server()
            for count in 1...5 { #expect(try server.get("/static-count").text == "\(count)") }
            server.stop()
        }

        @Test func aRequestThatExitsEndsAlone() throws {
            let server = try server()
            let worker = try server.get("/hello")["X-Worker"]
            for _ in 0..<3 {
                let answer = try server.get("/exit")
                #expect(answer.status == 200 && answer.text == "before" && answer["X-Worker"] == worker)
            }
            #expect(try server.get("/static-count").text == "1")
            #expect(try server.pool().died == 0)
        }

        @Test func anUncaughtExceptionIs500AndTheWorkerLives() throws {
            let server = try server()
            let worker = try server.get("/hello")["X-Worker"]
            let answer = try server.get("/throw", "X-Request-Id: the-thrown")
            #expect(answer.status == 500)
            _ = try server.logLine("app.stderr", "thrown on purpose", "request=the-thrown")
            #expect(try server.get("/hello")["X-Worker"] == worker)
            #expect(server.lines("boots").count == 1)
        }

        @Test func afterAFatalErrorTheWorkerIsReplacedAndNothingHasCrashed() throws {
            let server = try server(
                pool: "{manager: static, max_workers: 1, emergency_restart_threshold: 2}")
            for round in 1...4 {
                let worker = try server.get("/hello")["X-Worker"]
                let answer = try server.get("/fatal")
                #expect(answer.status == 500)
                let after = try server.get("/hello")
                #expect(after.status == 200 && after["X-Worker"] != worker, "round \(round)")
            }
            let pool = try server.waitUntilIdle(1)
            #expect(pool.died == 0 && pool.recentFailures.isEmpty)
            #expect(try server.get("/metrics").text.contains("weir_recycles_total{app=\"app\",reason=\"fatal\"} 4\n"))
            #expect(!server.weir.standardError.contains("app.renewing"))
            server.stop()
        }

        @Test(
            "a script that wants no other request costs none",
            arguments: [["/hello", "/last", "/static-count"], ["/last"]])
        func leavingCostsNone(paths: [String]) throws {
            let server = try server(workers: 2)
            let load = Load(port: server.weir.port, clients: 6, paths: paths)
            _ = holds(within: 3) { false }
            let outcomes = load.stop()
            #expect(Set(outcomes.statuses.keys) == [200] && outcomes.broken == [], "\(outcomes)")
            let pool = try server.waitUntilIdle(2)
            #expect(pool.died == 0 && pool.started > 5)
        }

        @Test func oneRequestsInputIsNotAnothers() throws {
            let server = try server()
            let client = try server.connect()
            let form = RawRequest.post(
                "/input?a=1", "b=2", ["Content-Type: application/x-www-form-urlencoded", "Cookie: c=3"])
            let first = try client.exchange(form).text
            #expect(first == #"["POST",{"a":"1"},{"b":"2"},{"c":"3"},"b=2"]"#)
            #expect(try client.exchange(RawRequest.get("/input")).text == #"["GET",[],[],[],""]"#)
        }

        @Test func sessionsAreTheirVisitors() throws {
            let server = try server()
            func cookie(_ answer: RawAnswer) throws -> String {
                String(try #require(answer["Set-Cookie"]).prefix { $0 != ";" })
            }
            let ada = try cookie(try server.get("/session?user=ada"))
            let bob = try cookie(try server.get("/session?user=bob"))
            for _ in 0..<20 {
                #expect(try server.get("/session?user=x", "Cookie: \(ada)").text == "ada")
                #expect(try server.get("/session").text == "nobody")
                #expect(try server.get("/session?user=x", "Cookie: \(bob)").text == "bob")
            }
        }

        @Test func uploadsArrive() throws {
            let server = try server()
            let body =
                "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n.txt\"\r\n\r\ncontent\r\n--x--\r\n"
            for _ in 0..<2 {
                let request = RawRequest.post("/upload", body, ["Content-Type: multipart/form-data; boundary=x"])
                #expect(try server.connect().exchange(request).text == #"{"f":["n.txt","content"]}"#)
            }
        }

        // MARK: What runs

        @Test func anotherScriptIsNotRun() throws {
            let server = try server()
            #expect(try server.get("/count.php").status == 404)
            #expect(try server.get("/count.php/info").status == 404)
            #expect(try server.get("/worker.php").status == 404)
            #expect(try server.get("/folder/index.php").status == 404)
            #expect(try server.get("/nowhere.php").text.hasPrefix("hello from /nowhere.php"))
            #expect(try server.get("/folder/").text.hasPrefix("hello from /folder/"))
            #expect(try server.get("/files/note.txt").text == "hello text\n")
            #expect(try server.get("/").text.hasPrefix("hello from /"))
            #expect(try server.get("/index.php/a").text.hasPrefix("hello from /index.php/a"))
        }

        @Test func theScriptKnowsWhereItsApplicationIs() throws {
            let server = try server()
            let seen = try server.get("/environment").object()
            #expect(seen["root"] as? String == PHPServer.site)
            #expect(seen["entry"] as? String == PHPServer.site + "/index.php")
            #expect(seen["script"] as? String == "/index.php")
            #expect(seen["file"] as? String == PHPServer.site + "/index.php")
            #expect(seen["frankenphp"] as? Bool == false)
        }

        // MARK: Starting, leaving, changing

        @Test func anApplicationThatDoesNotBootAnswers503AndTheStatusSaysWhy() throws {
            let server = try server()
            try server.scratch.write("broken", "")
            try killForkServer(server)
            try kill(server)
            try eventually("the boot fails") {
                let failure = try server.pool().lastFailure ?? ""
                return failure.contains("worker.php exited with 3 before its first request")
                    && failure.contains("the database is not there")
            }
            try eventually("503") { try server.get("/hello").status == 503 }
            #expect(try server.get("/ready").status == 503)
            try FileManager.default.removeItem(atPath: server.scratch("broken"))
            try eventually(within: 15, "recovery") { try server.get("/hello").status == 200 }
            server.stop()
        }

        @Test func aWorkerThatDoesNotBootAnswers503AndItsLastWordsAreInTheStatus() throws {
            let server = try server(preload: false)
            try server.scratch.write("broken", "")
            try kill(server)
            try eventually("the boot fails") { try server.pool().lastFailure?.contains("first request") ?? false }
            try eventually("503") { try server.get("/hello").status == 503 }
            let failure = try #require(try server.pool().recentFailures.first)
            #expect(failure.lastWords.contains { $0.contains("the database is not there") }, "\(failure)")
            #expect(failure.what == "exit code 3", "\(failure)")
            #expect(try server.get("/ready").status == 503)
            try FileManager.default.removeItem(atPath: server.scratch("broken"))
            try eventually(within: 15, "recovery") { try server.get("/hello").status == 200 }
            server.stop()
        }

        @Test func aScriptThatNeverWaitsIsABootFailure() throws {
            let server = try PHPServer(
                workers: 1, app: "mode: worker\nworker: {script: \(PHPServer.site)/count.php}")
            try eventually("the boot fails") {
                try server.pool().lastFailure?.contains("without waiting for a request") ?? false
            }
            try eventually("503") { try server.get("/hello").status == 503 }
        }

        @Test func aWorkerIsStartingUntilItsApplicationHasStarted() throws {
            let server = try server(preload: false)
            try server.scratch.write("boot-ms", "1200")
            try kill(server)
            try eventually("it starts") {
                let pool = try server.pool()
                return pool.starting == 1 && pool.idle == 0
            }
            let start = Clock.now
            #expect(try server.get("/hello").status == 200, "it waits for the worker")
            #expect(Clock.now - start > 0.5)
        }

        @Test func aBootThatTakesTooLongIsEnded() throws {
            let server = try server(
                pool: "{manager: static, max_workers: 1, boot_timeout: 500ms}", preload: false)
            try server.scratch.write("boot-ms", "60000")
            try kill(server)
            _ = try server.logLine("worker.killed", "boot_timeout")
        }

        @Test func aCommonBootThatTakesTooLongIsEnded() throws {
            let server = try server(pool: "{manager: static, max_workers: 1, boot_timeout: 500ms}")
            try server.scratch.write("boot-ms", "60000")
            try killForkServer(server)
            try eventually("it is ended") {
                try server.pool().lastFailure == "the fork server was not ready within 0.5 s"
            }
        }

        @Test func aReloadBootsTheNewCodeBeforeTheOldWorkersGo() throws {
            let server = try server(workers: 2)
            try server.scratch.write("version", "two")
            try server.scratch.write("boot-ms", "700")
            let load = Load(port: server.weir.port, clients: 4, paths: ["/hello", "/sleep?ms=3"])
            server.weir.signal(SIGHUP)
            try eventually("the new code") { try server.get("/hello").text.hasSuffix("two") }
            let outcomes = load.stop()
            #expect(Set(outcomes.statuses.keys) == [200] && outcomes.broken == [], "\(outcomes)")
            #expect(server.lines("boots").count == 2)
            server.stop()
        }

        @Test func aReloadToBrokenCodeChangesNothing() throws {
            let server = try server(workers: 2)
            try server.scratch.write("broken", "")
            server.weir.signal(SIGHUP)
            _ = try server.logLine("reload.failed")
            #expect(try server.get("/hello").status == 200)
            #expect(server.lines("boots").count == 1)
        }

        @Test func anUpgradeBootsTheApplicationBeforeItTakesOver() throws {
            let server = try server(workers: 2)
            try server.scratch.write("version", "two")
            try server.scratch.write("boot-ms", "700")
            let load = Load(port: server.weir.port, clients: 4, paths: ["/hello", "/sleep?ms=3"])
            server.weir.signal(SIGUSR2)
            try eventually(within: 20, "the new program") { try server.get("/hello").text.hasSuffix("two") }
            let outcomes = load.stop()
            #expect(Set(outcomes.statuses.keys) == [200] && outcomes.broken == [], "\(outcomes)")
            #expect(server.lines("boots").count == 2)
            eventually("the first process stands in for the new one") {
                let command = FileManager.default.contents(atPath: "/proc/\(server.weir.pid)/cmdline") ?? Data()
                return String(decoding: command, as: UTF8.self).contains("stand-in")
            }
            server.stop()
        }

        @Test func workersAreReplacedAtTheirLimits() throws {
            let server = try server(
                workers: 2, pool: "{manager: static, max_workers: 2, max_requests: 10, max_requests_jitter: 0%}")
            let load = Load(port: server.weir.port, clients: 4, paths: ["/static-count"])
            _ = holds(within: 2) { false }
            let outcomes = load.stop()
            #expect(Set(outcomes.statuses.keys) == [200] && outcomes.broken == [], "\(outcomes)")
            let pool = try server.waitUntilIdle(2)
            #expect(pool.died == 0 && pool.workers.allSatisfy { $0.requests <= 10 })
        }

        @Test func aKilledWorkersRequestRunsOnceMore() throws {
            let server = try server(workers: 2, app: "retry: idempotent")
            #expect(try server.get("/dies?deaths=1").text == "alive")
            #expect(server.lines("deaths").count == 2)
            try server.waitUntilIdle(2)
        }

        @Test func warmPathsAreAskedForAtTheStart() throws {
            let server = try server(app: "warm: [/static-count]")
            _ = try server.logLine("app.warmed", "/static-count")
            #expect(try server.get("/static-count").text == "2")
        }

        @Test func slowRequestsAreLoggedWithTheirStack() throws {
            let server = try server(app: "timeouts: {slow_after: 200ms}")
            #expect(try server.get("/sleep?ms=900").status == 200)
            let line = try server.logLine("request.slow", "path=/sleep")
            #expect(line.contains("usleep") && line.contains("worker.php"))
        }

        // MARK: What applications say

        @Test func linesOfTheApplicationAreInTheLog() throws {
            let server = try server()
            #expect(try server.get("/log", "X-Request-Id: the-line").text == "the-line")
            let line = try server.logLine("warning app.log")
            for part in [
                "app=app", "level=warning", "message=\"no stock\"", "request=the-line", "context.sku=42",
                "context.password=***", #"context.tags="[\"a\",\"b\"]""#,
            ] { #expect(line.contains(part), "\(line)") }
            #expect(try server.get("/finish").text == "finished")
            _ = try server.logLine("info app.log", "after the answer")
        }

        @Test func numbersOfTheApplicationAreInTheMetrics() throws {
            let server = try server(workers: 2, top: "limits: {metric_series: 3}")
            for shop in ["north", "north", "south", "east"] { _ = try server.get("/metric?shop=\(shop)") }
            try eventually("they add up") {
                try server.get("/metrics").text.contains("weir_app_orders_total{app=\"app\",shop=\"north\"} 4.0\n")
            }
            let page = try server.get("/metrics").text
            #expect(page.contains("# TYPE weir_app_orders_total counter\n"))
            #expect(page.contains("weir_app_orders_total{app=\"app\",shop=\"south\"} 2.0\n"))
            #expect(page.contains("weir_app_depth{app=\"app\"} 7.0\n"))
            #expect(!page.contains("east"))
            #expect(page.contains("weir_app_reports_refused_total{app=\"app\"} 5\n"))
            _ = try server.logLine("app.metric_refused", "metric=Upper")
            _ = try server.logLine("app.metric_refused", "limits.metric_series")
        }

        @Test func numbersSurviveAReload() throws {
            let server = try server()
            _ = try server.get("/metric")
            try server.scratch.write("version", "two")
            server.weir.signal(SIGHUP)
            try eventually("the new code") { try server.get("/hello").text.hasSuffix("two") }
            _ = try server.get("/metric")
            try eventually("both") {
                try server.get("/metrics").text.contains("weir_app_orders_total{app=\"app\",shop=\"north\"} 4.0\n")
            }
        }

        @Test func whatSurvivesARequestIsReported() throws {
            let server = try server(app: "audit: true")
            for _ in 0..<5 { _ = try server.get("/static-count?secret=1") }
            let line = try server.logLine("warning audit.found", "subject=Memory::$requests")
            for part in ["app=app", "kind=static", "before=", "after=", "path=/static-count ", "worker.php:7"] {
                #expect(line.contains(part), "\(line)")
            }
            try eventually("it is in the status") {
                let apps = try server.get("/status").object()["apps"] as? [[String: Any]]
                let findings = apps?.first?["audit"] as? [[String: Any]] ?? []
                return findings.contains { finding in
                    finding["subject"] as? String == "Memory::$requests"
                        && finding["first_path"] as? String == "/static-count"
                        && finding["requests"] as? Int ?? 0 >= 1
                }
            }
        }

        @Test func thePathThatGrowsWorkersIsInTheStatus() throws {
            let server = try server()
            for _ in 0..<8 { _ = try server.get("/hello") }
            for _ in 0..<8 { _ = try server.get("/keep?bytes=3000000") }
            try eventually("it is listed") {
                let apps = try server.get("/status").object()["apps"] as? [[String: Any]]
                let growth = apps?.first?["growth"] as? [[String: Any]]
                guard let worst = growth?.first else { return false }
                return worst["path"] as? String == "/keep" && worst["total"] as? Int ?? 0 > 6_000_000
            }
        }
    }
}

import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Requests that are run once more")
    struct RetryTests {
        private static let idempotent = "retry: idempotent"
        private static let methods = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]

        /// What a method's request gets that kills its worker `deaths` times, and how often it ran.
        private func ask(
            _ server: PHPServer, _ method: String, deaths: Int, body: String = "", _ query: String = ""
        ) throws -> (answer: RawAnswer, runs: Int) {
            let name = UUID().uuidString
            let target = "/dies.php?deaths=\(deaths)&log=\(server.scratch(name))\(query)"
            let client = try server.weir.connect(patience: 30)
            try client.send(
                "\(method) \(target) HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            return (try client.readAnswer(toHead: method == "HEAD"), server.lines(name).count)
        }

        private func retries(_ server: PHPServer) -> Int {
            server.weir.standardError.components(separatedBy: " request.retried ").count - 1
        }

        private func accessLine(_ server: PHPServer, _ path: String) throws -> [String: Any] {
            var line: [String: Any]?
            try eventually("a line for \(path)") {
                line = try server.weir.accessLog().last { ($0["path"] as? String)?.hasPrefix(path) ?? false }
                return line != nil
            }
            return try #require(line)
        }

        @Test func aKilledWorkersRequestIsAnsweredByAnother() throws {
            let server = try PHPServer(
                workers: 1, app: Self.idempotent, health: "{status: /status, metrics: /metrics}")
            let victim = try #require(try server.waitUntilIdle(1).pids.first)
            let client = try server.begin("/sleep.php?ms=700&log=\(server.scratch("log"))", "X-Request-Id: the-first")
            eventually { server.lines("log").count == 1 }
            kill(victim, SIGKILL)
            let answer = try client.readAnswer()
            #expect(answer.status == 200 && answer.text != "\(victim)")
            #expect(server.lines("log").count == 2)

            _ = try server.logLine("info request.retried", "pid=\(victim)", "request=the-first")
            let line = try accessLine(server, "/sleep.php")
            #expect((line["worker"] as? Int).map(String.init) == answer.text)
            let (total, wait, worker) = try (
                #require(line["total"] as? Double), #require(line["queue_wait"] as? Double),
                #require(line["worker_time"] as? Double)
            )
            #expect(worker >= 0.7 && wait > 0 && total >= wait + worker && total - wait - worker < 0.2, "\(line)")
            #expect(try server.get("/metrics").text.contains("weir_retries_total{app=\"app\"} 1\n"))
            #expect(try server.app().completed == 1)
        }

        @Test(arguments: methods)
        func whatIsIdempotentRunsAgainIfTheAppSaysSo(method: String) throws {
            let willing = try PHPServer(app: Self.idempotent)
            let (answer, runs) = try ask(willing, method, deaths: 1)
            #expect(answer.status == 200 && runs == 2, "\(answer.text)")
            let unwilling = try PHPServer()
            let (failure, once) = try ask(unwilling, method, deaths: 1)
            #expect(failure.status == 502 && once == 1)
            #expect(retries(willing) == 1 && retries(unwilling) == 0)
        }

        @Test(arguments: ["POST", "PATCH", "PROPFIND"])
        func whatIsNotDoesNot(method: String) throws {
            let server = try PHPServer(app: Self.idempotent)
            let (answer, runs) = try ask(server, method, deaths: 1, body: "abc")
            #expect(answer.status == 502 && runs == 1)
        }

        @Test func aScriptThatAlwaysKillsItsWorkerRunsTwice() throws {
            let server = try PHPServer(app: Self.idempotent)
            let (answer, runs) = try ask(server, "GET", deaths: 99)
            #expect(answer.status == 502 && runs == 2)
            let line = try accessLine(server, "/dies.php")
            #expect(line["worker"] as? Int != 0 && line["worker_time"] as? Double ?? 0 > 0)
        }

        @Test func aBegunAnswerIsCutOff() throws {
            let server = try PHPServer(app: Self.idempotent)
            let client = try server.begin("/dies.php?deaths=1&begun&log=\(server.scratch("log"))")
            #expect(throws: RawClient.Ended.self) { try client.readAnswer() }
            #expect(server.lines("log").count == 1 && retries(server) == 0)
        }

        @Test func aRequestOverTimeIsNotRunAgain() throws {
            let server = try PHPServer(app: "timeouts: {request: 400ms}\n" + Self.idempotent)
            let client = try server.begin("/sleep.php?ms=9000&log=\(server.scratch("log"))")
            #expect(try client.readAnswer().status == 504)
            #expect(server.lines("log").count == 1 && retries(server) == 0)
        }

        /// In memory, and in a file.
        @Test(arguments: [0, 1, 60_000, 3_000_000])
        func aBodyIsSentAgainWhole(size: Int) throws {
            let server = try PHPServer(app: Self.idempotent)
            let line = "A body that is long enough to be cut in the middle.\n"
            let body = String(String(repeating: line, count: size / line.count + 1).prefix(size))
            let (first, runsOfFirst) = try ask(server, "PUT", deaths: 0, body: body)
            let (second, runsOfSecond) = try ask(server, "PUT", deaths: 1, body: body)
            #expect(runsOfFirst == 1 && runsOfSecond == 2)
            let (seen, again) = try (first.object(), second.object())
            #expect(again["bytes"] as? Int == size && again["crc"] as? Int == seen["crc"] as? Int)
            #expect(again["client"] as? String == "127.0.0.1" && again["length"] as? String == "\(size)")
        }

        /// The rest of a pipeline is answered in its order behind it.
        @Test func theConnectionGoesOn() throws {
            let server = try PHPServer(app: Self.idempotent)
            let client = try server.connect()
            let target = "/dies.php?deaths=1&log=\(server.scratch("log"))"
            try client.send(RawRequest.get(target) + RawRequest.get("/count.php") + RawRequest.get(target))
            for _ in 0..<3 { #expect(try client.readAnswer().status == 200) }
            #expect(server.lines("log").count == 3)
        }

        /// A server whose only worker was killed in the middle of a request, and gets no successor until `successor` is
        /// called.
        private func waitingAgain(
            _ app: String, _ body: (PHPServer, RawClient, _ successor: () -> Void) throws -> Void
        ) throws {
            let server = try PHPServer(workers: 1, app: Self.idempotent + "\n" + app)
            let victim = try #require(try server.waitUntilIdle(1).pids.first)
            let client = try server.begin("/sleep.php?ms=600&log=\(server.scratch("log"))")
            eventually { server.lines("log").count == 1 }
            let forkServer = try #require(WeirProcess.descendants(of: server.weir.pid).first { $0 != victim })
            kill(forkServer, SIGSTOP)
            defer { kill(forkServer, SIGCONT) }
            kill(victim, SIGKILL)
            try eventually("it waits again") { try server.app().queue.length == 1 }
            try body(server, client) { kill(forkServer, SIGCONT) }
        }

        @Test func aClientMayLeaveWhileItWaitsAgain() throws {
            try waitingAgain("") { server, client, successor in
                client.close()
                try eventually("it is out of the queue") { try server.app().queue.length == 0 }
                #expect(try accessLine(server, "/sleep.php")["status"] as? Int == 499)
                successor()
                try server.waitUntilIdle(1)
                #expect(try server.get("/count.php").status == 200)
                #expect(server.lines("log").count == 1)
                server.stop()
            }
        }

        @Test func theDeadlineIsThatOfItsFirstArrival() throws {
            try waitingAgain("queue: {timeout: 2s}") { server, client, successor in
                let start = Clock.now
                let answer = try client.readAnswer()
                #expect(answer.status == 503 && answer["Retry-After"] != nil && Clock.now - start < 2.1)
                let line = try accessLine(server, "/sleep.php")
                #expect(line["worker"] as? Int == 0 && line["worker_time"] as? Double == 0, "\(line)")
                successor()
                try server.waitUntilIdle(1)
                #expect(try server.get("/count.php").status == 200)
                #expect(server.lines("log").count == 1)
            }
        }

        /// A request fails only when both its workers are killed.
        @Test func underLoadKilledWorkersCostNoRequest() throws {
            let seconds = ProcessInfo.processInfo.environment["WEIR_LONG"] == nil ? 8.0 : 30
            let server = try PHPServer(
                pool: "{manager: static, max_workers: 6, emergency_restart_threshold: 0}", app: Self.idempotent)
            try server.waitUntilIdle(6)
            let load = Load(port: server.weir.port, clients: 12, paths: (1...20).map { "/sleep.php?ms=\($0 * 3)" })
            var kills = 0
            let end = Clock.now + seconds
            while Clock.now < end {
                usleep(.random(in: 100_000...300_000))
                if let victim = try server.pool().pids.randomElement(), kill(victim, SIGKILL) == 0 { kills += 1 }
            }
            let outcomes = load.stop()
            #expect(kills > 10 && outcomes.statuses[200] ?? 0 > 100)
            #expect(outcomes.broken == [] && Set(outcomes.statuses.keys).isSubset(of: [200, 502]), "\(outcomes)")
            let pool = try server.waitUntilIdle(6)
            #expect(pool.died <= kills && retries(server) > 5)

            let failed = try server.weir.accessLog().filter { $0["status"] as? Int == 502 }
            for line in failed {
                let id = try #require(line["id"] as? String)
                #expect(server.weir.standardError.contains("request=\(id)"), "\(line) was not run again")
            }
            #expect(failed.count <= kills / 10, "\(kills) kills, \(outcomes)")
            let app = try server.app()
            #expect(app.active == 0 && app.queue.length == 0)
            // A worker may be killed when it has answered and not said so yet.
            #expect((0...kills).contains(app.accepted - app.completed - retries(server) - failed.count))
            server.stop()
        }
    }
}

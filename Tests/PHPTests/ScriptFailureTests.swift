import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    /// What a script does to itself, and what the log says of it.
    @Suite("Scripts that fail")
    struct ScriptFailureTests {
        private func id(_ answer: RawAnswer) throws -> String { try #require(answer["X-Request-Id"]) }

        @Test func exitIsAnOrdinaryEnd() throws {
            let server = try PHPServer(workers: 1)
            let first = try server.waitUntilIdle(1).pids
            #expect(try server.get("/fail.php?how=exit").text == "before")
            #expect(try server.get("/fail.php?how=exit-text").text == "text")
            #expect(try server.pool().pids == first)
        }

        @Test func anUncaughtExceptionIs500AndInTheLog() throws {
            let server = try PHPServer()
            let answer = try server.get("/fail.php?how=exception")
            #expect(answer.status == 500 && answer.body.isEmpty)
            let line = try server.logLine("nobody caught this", "request=\(try id(answer))")
            #expect(line.contains("pid="))
            #expect(try server.get("/count.php").status == 200)
        }

        @Test func anExceptionAfterTheFirstBytesEndsTheAnswer() throws {
            let server = try PHPServer()
            let answer = try server.get("/fail.php?how=late-exception")
            #expect(answer.status == 200 && answer.body.count == 100)
            _ = try server.logLine("too late for a 500", "request=\(try id(answer))")
        }

        @Test(arguments: [("memory", "Allowed memory size"), ("time", "Maximum execution time of 1 second")])
        func limitsOfPHPHold(how: String, message: String) throws {
            let server = try PHPServer(workers: 1)
            let answer = try server.get("/fail.php?how=\(how)")
            #expect(answer.status == 500)
            _ = try server.logLine(message, "request=\(try id(answer))")
            #expect(try server.get("/count.php").status == 200)
            #expect(try server.pool().died == 0)
        }

        @Test func maxExecutionTimeComesFromTheConfiguration() throws {
            let server = try PHPServer(ini: "max_execution_time: 1")
            #expect(try server.get("/fail.php?how=limit").status == 500)
        }

        @Test(arguments: [
            ("log", "a message of the script"), ("stderr", "written to standard error"), ("warning", "$undefined"),
        ])
        func messagesHaveTheRequestAndTheWorker(how: String, message: String) throws {
            let server = try PHPServer()
            let answer = try server.get("/fail.php?how=\(how)")
            #expect(answer.status == 200)
            let line = try server.logLine(message, "request=\(try id(answer))")
            let pids = try server.pool().pids
            #expect(pids.contains { line.contains("pid=\($0) ") })
        }

        @Test func aMessageOfTwoLinesIsTwoLinesOfTheLog() throws {
            let server = try PHPServer()
            let answer = try server.get("/fail.php?how=lines")
            _ = try server.logLine("\"first line\"", try id(answer))
            _ = try server.logLine("\"second line\"", try id(answer))
        }

        /// What a script writes must not look like a line of Weir's own.
        @Test func aMessageCannotForgeALine() throws {
            let server = try PHPServer()
            _ = try server.get("/fail.php?how=forged")
            let line = try server.logLine("forged")
            #expect(line.contains("app.stderr"))
        }

        @Test(arguments: ["segv", "kill"])
        func aWorkerThatDiesIsA502WithTheRequestsID(how: String) throws {
            let server = try PHPServer()
            let answer = try server.get("/fail.php?how=\(how)")
            #expect(answer.status == 502)
            #expect(answer.text.contains(try id(answer)))
            // AddressSanitizer has a handler of its own for the first.
            let isSanitized = ProcessInfo.processInfo.environment["WEIR_PHP_GUEST"]?.hasSuffix("asan") ?? false
            let segv = isSanitized ? "exit code 1" : "signal 11"
            _ = try server.logLine("worker.exited", how == "segv" ? segv : "signal 9")
            #expect(try server.weir.logLine(id: id(answer))["status"] as? Int == 502)
            try server.waitUntilIdle(2)
            #expect(try server.get("/count.php").status == 200)
        }

        /// The client sees an answer that is not whole, and never one that seems to be.
        @Test func aWorkerThatDiesMidwayBreaksTheAnswer() throws {
            let server = try PHPServer()
            let client = try server.begin("/fail.php?how=kill-late")
            #expect(throws: RawClient.Ended.self) { try client.readAnswer() }
            var last: [String: Any]?
            eventually { (try? server.weir.accessLog())?.last { $0["app"] != nil }.map { last = $0 } != nil }
            #expect(last?["status"] as? Int == 502)
        }
    }
}

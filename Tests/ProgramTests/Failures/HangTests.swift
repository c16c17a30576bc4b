import Foundation
import Testing
import WeirTestSupport

extension Programs {
    @Suite("Programs that stand still", .express)
    struct HangTests {
        private static let top = Neighbour.route

        @Test("a request without an answer is 504 in time, and others of its process are served")
        func noAnswer() throws {
            let server = try ProgramServer(
                .node("node-raw", "timeouts: {request: 1s}"), Neighbour.app(), top: Self.top)
            let neighbour = Neighbour(of: server)
            let began = Clock.now
            let hanging = try server.begin("/hang")
            #expect(try server.get("/").text == "hello\n")
            #expect(try hanging.readAnswer().status == 504)
            #expect((0.9...3).contains(Clock.now - began))
            _ = try server.logLine("upstream.timed_out", "/hang", "no answer began in time")
            #expect(try server.app().pool?.died == 0)
            neighbour.expectUndisturbed()
        }

        @Test("an answer that stops is broken off after its idle time")
        func stopsWithin() throws {
            let upstream = try RawUpstream { client in
                _ = try client.readRequest()
                try client.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
                _ = client.isEnded(within: 10)
            }
            let server = try ProgramServer(.external(upstream.port, keys: "timeouts: {idle: 1s}"))
            let client = try server.begin("/")
            #expect(throws: RawClient.Ended.self) { try client.readAnswer() }
            _ = try server.logLine("upstream.timed_out", "the answer did not go on")
        }

        @Test("a blocked loop is told with what blocks it, and others of the app take its requests")
        func blocked() throws {
            let server = try ProgramServer(
                .node("node-express", processes: 2, "timeouts: {slow_after: 300ms}"), Neighbour.app(), top: Self.top)
            let neighbour = Neighbour(of: server)
            let blocking = try server.begin("/block?ms=1500", "X-Request-Id: the-culprit")
            try eventually("one is blocked") { try server.app().programs?.contains { !$0.well } == true }
            let began = Clock.now
            for _ in 0..<10 { #expect(try server.get("/visits").status == 200) }
            #expect(Clock.now - began < 1)
            #expect(try blocking.readAnswer().text == "blocked 1500")
            let line = try server.logLine("program.blocked", "blockEventLoop")
            #expect(line.contains("the-culprit GET /block") && line.contains("server.js"))
            try eventually("both are well again") { try server.app().programs?.allSatisfy(\.well) == true }
            neighbour.expectUndisturbed()
        }

        @Test("a loop that stays blocked has its process killed and replaced")
        func hangs() throws {
            let server = try ProgramServer(
                .node("node-express", processes: 2, "timeouts: {request: 1s, slow_after: 300ms}"), Neighbour.app(),
                top: Self.top)
            let before = try server.pids()
            let neighbour = Neighbour(of: server)
            let blocking = try server.begin("/block?ms=60000")
            #expect(try blocking.readAnswer().status == 504)
            _ = try server.logLine("program.hangs", "it is killed")
            try eventually("there is another process") {
                let pids = try server.pids()
                return pids.count == 2 && pids.subtracting(before).count == 1
            }
            #expect(try server.get("/visits").status == 200)
            neighbour.expectUndisturbed()
        }
    }
}

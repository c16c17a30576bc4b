import Foundation
import Testing
import WeirTestSupport

extension Programs {
    @Suite("Programs that die")
    struct DeathTests {
        private func waitForAnother(_ server: ProgramServer, than before: Set<Int32>) throws {
            try eventually("there is a successor") {
                let pids = try server.pids()
                return pids.count == before.count && pids != before
            }
        }

        @Test("a process that is killed costs the requests that it had, and no other", .go)
        func killed() throws {
            let server = try ProgramServer(.go(processes: 2), Neighbour.app(), top: Neighbour.route)
            let neighbour = Neighbour(of: server)
            let before = try server.pids()
            let held = try (0..<6).map { _ in try server.begin("/slow?ms=1500") }
            try eventually("all run") { try server.app().active == 6 }
            kill(try #require(before.first), SIGKILL)
            let statuses = try held.map { try $0.readAnswer().status }
            // About half of them: one that was ready later has a smaller share at first.
            #expect(Set(statuses) == [200, 502], "\(statuses)")
            _ = try server.logLine("worker.exited", "signal 9")
            try waitForAnother(server, than: before)
            #expect(try server.get("/").status == 200)
            neighbour.expectUndisturbed()
        }

        @Test("retry: idempotent runs a GET again and a POST never", .go)
        func retry() throws {
            let server = try ProgramServer(.go(processes: 2, "retry: idempotent"))
            let before = try server.pids()
            let held = try (0..<4).map { _ in try server.begin("/slow?ms=1000") }
            let posted = try (0..<6).map { _ in
                let client = try server.connect()
                try client.send(RawRequest.post("/slow?ms=1000", "x"))
                return client
            }
            try eventually("all run") { try server.app().active == 10 }
            kill(try #require(before.first), SIGKILL)
            for client in held { #expect(try client.readAnswer().text == "slept\n") }
            #expect(try Set(posted.map { try $0.readAnswer().status }) == [200, 502])
            _ = try server.logLine("request.retried")
        }

        @Test("a process that ends itself within a request is replaced", .node, arguments: [0, 3])
        func exits(status: Int) throws {
            let server = try ProgramServer(
                .node("node-raw", processes: 2), Neighbour.app(), top: Neighbour.route)
            let neighbour = Neighbour(of: server)
            let before = try server.pids()
            #expect(try server.get("/exit?n=\(status)").status == 502)
            _ = try server.logLine("worker.exited", "exit code \(status)")
            try waitForAnother(server, than: before)
            #expect(try server.get("/").text == "hello\n")
            neighbour.expectUndisturbed()
        }

        @Test("an exception that nobody catches restarts one process, and the log has it", .express)
        func exception() throws {
            let server = try ProgramServer(
                .node("node-express", processes: 2), Neighbour.app(), top: Neighbour.route)
            let neighbour = Neighbour(of: server)
            let before = try server.pids()
            #expect(try server.get("/crash").status == 502)
            for _ in 0..<20 { #expect(try server.get("/visits").status == 200) }
            let line = try server.logLine("program.exception", "on purpose, where nobody catches")
            #expect(line.contains("server.js"))
            try waitForAnother(server, than: before)
            #expect(try server.pids().intersection(before).count == 1)
            neighbour.expectUndisturbed()
        }

        @Test("processes that die again and again are followed by others", .node)
        func again() throws {
            let server = try ProgramServer(.node("node-raw", processes: 2), Neighbour.app(), top: Neighbour.route)
            let neighbour = Neighbour(of: server)
            for _ in 0..<4 {
                #expect(try server.get("/die").status == 502)
                try eventually("it serves again") { try server.get("/").status == 200 }
            }
            try eventually("both are back") { try server.pids().count == 2 }
            neighbour.expectUndisturbed()
        }
    }

    @Suite("Programs that leak", .express)
    struct LeakTests {
        @Test("one that grew beyond max_memory is replaced without a lost request")
        func leak() throws {
            let pool = "pool: {max_workers: 2, max_memory: 150MiB, max_memory_hard: 2GiB}"
            let server = try ProgramServer(.node("node-express", pool))
            let before = try server.pids()
            let load = Load(port: server.weir.port, clients: 2, paths: ["/leak?mb=4", "/visits"])
            try eventually(within: 20, "both are replaced") { try server.pids().isDisjoint(with: before) }
            let outcomes = load.stop()
            #expect(outcomes.failed == 0, "\(outcomes)")
            _ = try server.logLine("worker.too_large", "150 MiB", "end=replaced")
        }
    }
}

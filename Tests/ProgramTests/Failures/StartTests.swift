import Foundation
import Testing
import WeirTestSupport

extension Programs {
    /// The applications listen as `LISTEN` says.
    @Suite("Programs that start badly", .node)
    struct StartTests {
        private func server(
            _ way: String, _ environment: [String: String] = [:], _ keys: String = ""
        ) throws -> ProgramServer {
            try ProgramServer(
                .node("node-raw", environment: environment.merging(["LISTEN": way]) { own, _ in own }, keys),
                Neighbour.app(), top: Neighbour.route, waits: false)
        }

        private func waitForNeighbour(_ server: ProgramServer) throws -> Neighbour {
            try #require(eventually("the other app serves") { try server.get("/pid").status == 200 })
            return Neighbour(of: server)
        }

        @Test("one that listens late is ready then, and requests wait for it")
        func late() throws {
            let server = try server("late", ["LISTEN_AFTER_MS": "1500"])
            #expect(try server.get("/ready").status == 503)
            let neighbour = try waitForNeighbour(server)
            #expect(try server.get("/").text == "hello\n")
            #expect(try server.get("/ready").status == 200)
            neighbour.expectUndisturbed()
        }

        @Test("one that never listens is told, and its requests are not left waiting")
        func never() throws {
            let server = try server("never", [:], "pool: {max_workers: 1, boot_timeout: 1s}")
            let neighbour = try waitForNeighbour(server)
            let line = try server.logLine("program.not_ready", "it listens on no port")
            #expect(line.contains("pool.boot_timeout"))
            let answer = try server.get("/")
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
            neighbour.expectUndisturbed()
        }

        @Test("one that a stop interrupts is not complained of")
        func interrupted() throws {
            let server = try server("never")
            try eventually("it runs") { try server.app().pool?.starting == 1 }
            server.stop()
            #expect(!server.weir.standardError.contains("program.not_ready"))
        }

        @Test("one that listens elsewhere is told where", .python)
        func elsewhere() throws {
            let command = ["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "0"]
            let server = try ProgramServer(
                .command(command, "pool: {max_workers: 1, boot_timeout: 2s}"), waits: false)
            let line = try server.logLine("program.not_ready", "instead")
            #expect(line.firstMatch(of: #/it listens on port \d+ instead/#) != nil)
            #expect(line.contains("PORT, which is"))
        }

        @Test("a second port is told, and left alone")
        func twice() throws {
            let server = try server("twice", ["OTHER_PORT": "0"])
            #expect(try server.get("/").text == "hello\n")
            let line = try server.logLine("program.second_port")
            let port = try #require(line.firstMatch(of: #/ port=(\d+)/#)?.1)
            #expect(try RawClient(port: try #require(Int(port))).get("/").text == "second")
        }

        @Test("what is no HTTP is 502, and told")
        func garbage() throws {
            let server = try server("garbage")
            let neighbour = try waitForNeighbour(server)
            try eventually("it answers") { try server.get("/").status == 502 }
            _ = try server.logLine("upstream.malformed")
            neighbour.expectUndisturbed()
        }

        @Test("one that ends at once is tried after growing pauses, and its last words are told")
        func exits() throws {
            let server = try server("exit", ["LISTEN": "exit"])
            let neighbour = try waitForNeighbour(server)
            try eventually("it is given up on for now") {
                let answer = try server.get("/")
                return answer.status == 503 && answer["Retry-After"] != nil
            }
            #expect(try server.get("/ready").status == 503)
            _ = holds(within: 3) { false }
            let pool = try #require(try server.app().pool)
            #expect((2...6).contains(pool.started), "\(pool.started)")
            #expect(pool.lastFailure?.contains("exit code 3") == true)
            neighbour.expectUndisturbed()
        }

        @Test("the last words of one that does not start are told")
        func lastWords() throws {
            let command = ["/bin/sh", "-c", "echo no database at 10.0.0.5 >&2; exit 7"]
            let server = try ProgramServer(.command(command), waits: false)
            _ = try server.logLine("worker.exited", "exit code 7")
            _ = try server.logLine("app.stderr", "no database at 10.0.0.5")
            try eventually("the status has them") {
                try server.app().pool?.recentFailures.first?.lastWords == ["no database at 10.0.0.5"]
            }
        }

        @Test("a command that does not exist is refused at the start")
        func missing() throws {
            let failure = #expect(throws: TestFailure.self) {
                try ProgramServer(.command(["no-such-program", "{socket}"]), waits: false)
            }
            #expect(failure?.description.contains("'no-such-program' cannot be found") == true, "\(failure as Any)")
            #expect(failure?.description.contains("app 'app'") == true)
        }

        @Test("an entry that does not exist is refused at the start")
        func missingEntry() throws {
            let failure = #expect(throws: TestFailure.self) {
                try ProgramServer(.node("node-raw", entry: "nothing.js"), waits: false)
            }
            #expect(failure?.description.contains("nothing.js does not exist") == true, "\(failure as Any)")
        }
    }
}

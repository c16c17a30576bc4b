import Foundation
import Testing
import WeirTestSupport

extension Programs {
    @Suite("Reloads under load")
    struct ReloadTests {
        @Test("all processes are replaced, and no request fails", .express, .go, arguments: ["HUP", "admin"])
        func reload(how: String) throws {
            let server = try ProgramServer(
                .node("node-express", processes: 2), .go(name: "go", processes: 2),
                top: "routes: [{path: /json, app: go}, {path: /slow, app: go}]")
            let before = try (server.pids(0), server.pids(1))
            let load = Load(
                port: server.weir.port, clients: 6, paths: ["/", "/json", "/slow?ms=100", "/api/rivers", "/visits"])
            for round in 1...2 {
                if how == "HUP" { server.weir.signal(SIGHUP) } else { #expect(try server.reload().status == 200) }
                eventually("reload \(round)") {
                    server.weir.standardError.components(separatedBy: "reload.done").count == round + 1
                }
            }
            try eventually("others serve") {
                try server.pids(0).isDisjoint(with: before.0) && server.pids(1).isDisjoint(with: before.1)
            }
            let outcomes = load.stop()
            #expect(outcomes.failed == 0 && outcomes.statuses[200] ?? 0 > 100, "\(outcomes)")
            for pid in before.0.union(before.1) { eventually("\(pid) is gone") { kill(pid, 0) != 0 } }
        }

        @Test("a request that runs ends in the process that had begun it", .go)
        func running() throws {
            let server = try ProgramServer(.go())
            let held = try server.begin("/slow?ms=2000")
            try eventually("it runs") { try server.app().active == 1 }
            #expect(try server.reload().status == 200)
            #expect(try held.readAnswer().text == "slept\n")
        }

        @Test("processes are replaced after max_requests without a lost request", .express)
        func recycling() throws {
            let server = try ProgramServer(.node("node-express", "pool: {max_workers: 2, max_requests: 100}"))
            let before = try server.pids()
            let load = Load(port: server.weir.port, clients: 4, paths: ["/", "/api/rivers", "/slow?ms=20"])
            try eventually(within: 15, "both are replaced") {
                let pids = try server.pids()
                return pids.count == 2 && pids.isDisjoint(with: before)
            }
            let outcomes = load.stop()
            #expect(outcomes.failed == 0, "\(outcomes)")
        }

        @Test("upgraded connections live on until the graceful timeout", .webSockets)
        func tunnels() throws {
            let server = try ProgramServer(
                .node("node-esm-ws", entry: "server.mjs"), top: "timeouts: {graceful: 3s}")
            let socket = try WebSocketClient(server, "/echo")
            #expect(try server.reload().status == 200)
            let reloaded = Clock.now
            try socket.send("after the reload")
            #expect(try socket.receive().text == "after the reload")
            #expect(try server.get("/").text == "0 in the room\n")
            #expect(socket.connection.isEnded(within: 6))
            #expect(Clock.now - reloaded > 1.5)
        }
    }
}

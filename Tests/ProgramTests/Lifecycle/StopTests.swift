import Foundation
import Testing
import WeirTestSupport

extension Programs {
    @Suite("Stops")
    struct StopTests {
        @Test("a stop ends what runs, all processes, and removes their sockets", .node, .go)
        func stop() throws {
            let server = try ProgramServer(
                .node("node-raw", processes: 2), .go(name: "go", processes: 2),
                top: "routes: [{path: /slow, app: go}]")
            let pids = try server.pids(0).union(try server.pids(1))
            let directories = try Self.directories(of: server)
            #expect(directories.count == 2)
            #expect(pids.count == 4)
            let held = try server.begin("/slow?ms=1000")
            try eventually("it runs") { try server.app(1).active == 1 }
            server.weir.signal(SIGTERM)
            #expect(try held.readAnswer().text == "slept\n")
            #expect(server.weir.waitForExit(within: 15) == 0)
            for pid in pids { #expect(kill(pid, 0) != 0) }
            for path in directories { #expect(!FileManager.default.fileExists(atPath: path), "\(path)") }
        }

        @Test("a second signal ends processes that serve, and removes their sockets", .node, .go)
        func secondSignal() throws {
            let server = try ProgramServer(
                .node("node-raw", processes: 2), .go(name: "go", processes: 2),
                top: "routes: [{path: /slow, app: go}]")
            let pids = try server.pids(0).union(try server.pids(1))
            let directories = try Self.directories(of: server)
            #expect(directories.count == 2 && pids.count == 4)
            let held = try server.begin("/slow?ms=20000")
            try eventually("it runs") { try server.app(1).active == 1 }
            server.weir.signal(SIGTERM)
            _ = try server.logLine("server.stopping")
            server.weir.signal(SIGTERM)
            #expect(server.weir.waitForExit(within: 5) == 1)
            #expect(held.isEnded(within: 5))
            for pid in pids { eventually("\(pid) is gone") { kill(pid, 0) != 0 } }
            for path in directories { #expect(!FileManager.default.fileExists(atPath: path), "\(path)") }
        }

        @Test(
            "what a killed server has left of sockets is removed by the next one, what a living one has is not", .node)
        func leftBehind() throws {
            let living = try ProgramServer(.node("node-raw"))
            let kept = try Self.directories(of: living)
            let dead = try ProgramServer(.node("node-raw"))
            let left = try Self.directories(of: dead)
            let orphans = try dead.pids()
            dead.weir.signal(SIGKILL)
            #expect(dead.weir.waitForExit(within: 5) == 128 + SIGKILL)
            for pid in orphans { kill(pid, SIGKILL) }
            for path in left { #expect(FileManager.default.fileExists(atPath: path), "there is something to remove") }
            let next = try ProgramServer(.node("node-raw"))
            for path in left { #expect(!FileManager.default.fileExists(atPath: path), "\(path)") }
            for path in kept { #expect(FileManager.default.fileExists(atPath: path), "\(path)") }
            #expect(try living.get("/").status == 200)
            #expect(try next.get("/").status == 200)
        }

        /// Where the processes have their sockets.
        private static func directories(of server: ProgramServer) throws -> Set<String> {
            let addresses = try server.status().apps.flatMap { $0.programs ?? [] }.map(\.address)
            return Set(
                addresses.filter { $0.hasPrefix("unix:") }.map {
                    (String($0.dropFirst("unix:".count)) as NSString).deletingLastPathComponent
                })
        }

        @Test("a stop under load answers what it has taken", .express)
        func underLoad() throws {
            let server = try ProgramServer(.node("node-express", processes: 2))
            let held = try (0..<20).map { _ in try server.begin("/slow?ms=800") }
            try eventually("all run") { try server.app().active == 20 }
            server.weir.signal(SIGTERM)
            for client in held { #expect(try client.readAnswer().text == "slept 800") }
            #expect(server.weir.waitForExit(within: 15) == 0)
        }

        /// As many do that were never told of containers.
        private static let deaf = """
            import http.server, signal, socketserver, sys
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            class Handler(http.server.SimpleHTTPRequestHandler):
                def address_string(self):
                    return "local"
            class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
                pass
            Server(sys.argv[1], Handler).serve_forever()
            """

        @Test(
            "a process that ignores SIGTERM is killed after the graceful time, and nothing else is lost", .python, .node
        )
        func deaf() throws {
            let server = try ProgramServer(
                .command(["/usr/bin/python3", "-c", Self.deaf, "{socket}"], processes: 2), Neighbour.app(),
                top: Neighbour.route + "\ntimeouts: {graceful: 2s}")
            let before = try server.pids()
            let neighbour = Neighbour(of: server)
            let load = Load(port: server.weir.port, clients: 2, paths: ["/etc/hostname"])
            #expect(try server.reload().status == 200)
            for pid in before { eventually("\(pid) is gone") { kill(pid, 0) != 0 } }
            let killed = try server.logLine("worker.killed", "app=app", "reason=stop_timeout")
            #expect(killed.contains("SIGTERM"), "what to do: \(killed)")
            let outcomes = load.stop()
            #expect(outcomes.failed == 0, "\(outcomes)")
            neighbour.expectUndisturbed()
            let last = try server.pids()
            let directories = try Self.directories(of: server)
            let began = Clock.now
            server.stop(within: 8)
            #expect(Clock.now - began < 6)
            for pid in last { #expect(kill(pid, 0) != 0) }
            for path in directories { #expect(!FileManager.default.fileExists(atPath: path), "\(path)") }
        }

        @Test("what a program has started itself goes with it", .python)
        func children() throws {
            let command = "sleep 1000 & exec /usr/bin/python3 -m http.server --bind 127.0.0.1 {port}"
            let server = try ProgramServer(.command(["/bin/sh", "-c", command]))
            let children = WeirProcess.descendants(of: server.weir.pid)
            #expect(children.count >= 2)
            server.stop()
            for pid in children { eventually("\(pid) is gone") { kill(pid, 0) != 0 } }
        }
    }
}

import Foundation
import Testing
import WeirTestSupport

extension Programs {
    @Suite("Connections to programs")
    struct ConnectionTests {
        @Test("clients that come and go share the connections that are kept")
        func reuse() throws {
            let upstream = try RawUpstream.answering { _ in Answers.ok("ok") }
            let server = try ProgramServer(.external(upstream.port), top: "loops: 1")
            for _ in 0..<30 { #expect(try server.get("/").text == "ok") }
            #expect(upstream.connections == 1)
        }

        @Test("a kept connection that the program has closed costs no request")
        func closedWhileIdle() throws {
            let upstream = try RawUpstream { client in
                _ = try client.readRequest()
                try client.send(Answers.ok("ok"))
            }
            let server = try ProgramServer(.external(upstream.port), top: "loops: 1")
            for _ in 0..<30 { #expect(try server.get("/").status == 200) }
            #expect(try server.connect().exchange(RawRequest.post("/", "")).status == 200)
        }

        @Test(
            "a client that leaves is noticed by the program, before and within the answer", arguments: ["/", "/begun"])
        func clientLeaves(path: String) throws {
            let ended = DispatchSemaphore(value: 0)
            let upstream = try RawUpstream { client in
                if try client.readRequest().target == "/begun" {
                    try client.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst")
                }
                if client.isEnded(within: 10) { ended.signal() }
            }
            let server = try ProgramServer(.external(upstream.port))
            let client = try server.begin(path)
            if path == "/begun" { _ = try client.read(through: "first") }
            #expect(holds(within: 5) { !upstream.requests.isEmpty })
            client.close()
            #expect(ended.wait(timeout: .now() + 5) == .success)
        }

        @Test("the least busy one is asked")
        func leastBusy() throws {
            let release = DispatchSemaphore(value: 0)
            let upstreams = try ["a", "b"].map { name in
                try RawUpstream { client in
                    while case let head = try client.readRequest() {
                        if head.target == "/hold" {
                            release.wait()
                            release.signal()
                        }
                        try client.send(Answers.ok(name))
                    }
                }
            }
            let server = try ProgramServer(.external(upstreams[0].port, upstreams[1].port))
            let held = try (0..<10).map { _ in try server.begin("/hold") }
            eventually("all are held") { upstreams.map(\.requests.count).reduce(0, +) == 10 }
            #expect(upstreams.map(\.requests.count) == [5, 5])
            release.signal()
            for client in held { #expect(try client.readAnswer().status == 200) }
        }

        @Test("processes of one program share what runs at once", .go)
        func leastBusyProcess() throws {
            let server = try ProgramServer(.go(processes: 2))
            let held = try (0..<8).map { _ in try server.begin("/slow?ms=800") }
            for client in held { #expect(try client.readAnswer().text == "slept\n") }
            var processes: [Int: Int] = [:]
            try eventually("all are logged") {
                let lines = try server.weir.accessLog().filter { $0["worker"] != nil }
                processes = Dictionary(lines.compactMap { $0["worker"] as? Int }.map { ($0, 1) }, uniquingKeysWith: +)
                return lines.count == 8
            }
            #expect(processes.values.sorted() == [4, 4])
        }

        @Test("no more run at once than the program takes")
        func concurrency() throws {
            let release = DispatchSemaphore(value: 0)
            let upstream = try RawUpstream { client in
                while true {
                    _ = try client.readRequest()
                    release.wait()
                    release.signal()
                    try client.send(Answers.ok("ok"))
                }
            }
            let server = try ProgramServer(.external(upstream.port, keys: "pool: {concurrency: 3}"))
            let clients = try (0..<6).map { _ in try server.begin("/") }
            eventually("three run") { upstream.requests.count == 3 }
            try eventually("three wait") { try server.app().queue.length == 3 }
            #expect(upstream.requests.count == 3)
            release.signal()
            for client in clients { #expect(try client.readAnswer().text == "ok") }
        }
    }
}

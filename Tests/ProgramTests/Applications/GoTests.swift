import Testing
import WeirTestSupport

extension Programs {
    /// A server of Go's `net/http` on the socket that its command names.
    @Suite("Go", .go)
    struct GoTests {
        private let server: ProgramServer

        init() throws {
            server = try ProgramServer(.go(), top: "routes: [{host: streamed.test, app: app, stream: true}]")
        }

        @Test("pages, JSON and statuses come as from net/http itself")
        func pages() throws {
            let client = try server.connect()
            #expect(try client.get("/").text == "hello\n")
            let pid = try client.get("/json").object()["pid"] as? Int32
            #expect(try server.pids() == [try #require(pid)])
            #expect(try client.get("/nowhere").status == 404)
            let head = try client.exchange("HEAD /bytes?n=5000 HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(head.status == 200 && head["Content-Length"] == "5000")
            #expect(try client.get("/bytes?n=3000000").body.count == 3_000_000)
        }

        @Test("it has the cores and the memory that the container has")
        func limits() throws {
            let limits = try server.get("/limits").object()
            #expect(limits["gomaxprocs"] as? Int ?? 0 >= 1)
        }

        @Test("streams and events come as they happen")
        func streams() throws {
            let client = try server.begin("/stream?n=4&ms=60")
            _ = try client.read(through: "line 1\n")
            let first = Clock.now
            _ = try client.read(through: "line 4\n")
            #expect(Clock.now - first > 0.12)
            let events = try server.begin("/sse?ms=50")
            for tick in 1...3 { _ = try events.read(through: "data: tick \(tick)\n\n") }
        }

        @Test("trailers reach a client that takes them, and no other")
        func trailers() throws {
            let client = try server.connect()
            let answer = try client.get("/trailers", "TE: trailers", "Connection: te")
            #expect(answer.text == "counted\n" && answer.trailers == ["X-Sum: 8"])
            #expect(try client.get("/trailers").trailers.isEmpty)
        }

        @Test("early hints come early")
        func earlyHints() throws {
            let client = try server.begin("/hints?ms=300")
            let hints = try client.readAnswer()
            #expect(hints.status == 103 && hints["Link"] == "</style.css>; rel=preload; as=style")
            #expect(!client.hasInput(within: 0.1))
            #expect(try client.readAnswer().text == "hinted\n")
        }

        @Test("a connection that is taken over speaks its own protocol")
        func upgrade() throws {
            let client = try server.connect()
            let answer = try client.get("/upgrade", "Upgrade: lines", "Connection: upgrade")
            #expect(answer.status == 101 && answer["Upgrade"] == "lines")
            #expect(try client.read(through: "\n") == "welcome\n")
            try client.send("weser\n")
            #expect(try client.read(through: "\n") == "WESER\n")
            try client.send("bye\n")
            #expect(try client.read(through: "\n") == "BYE\n")
            #expect(client.isEnded(within: 5))
            #expect(try server.get("/upgrade").status == 426)
        }

        @Test("24 MiB arrive, collected and streamed", arguments: ["test", "streamed.test"])
        func upload(host: String) throws {
            let client = try server.connect()
            let size = 24 << 20
            try client.send("POST /count HTTP/1.1\r\nHost: \(host)\r\nContent-Length: \(size)\r\n\r\n")
            for _ in 0..<24 { try client.send([UInt8](repeating: 97, count: 1 << 20)) }
            #expect(try client.readAnswer().object()["bytes"] as? Int == size)

            try client.send("POST /count HTTP/1.1\r\nHost: \(host)\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<8 { try client.send("8000\r\n" + String(repeating: "b", count: 0x8000) + "\r\n") }
            try client.send("0\r\n\r\n")
            #expect(try client.readAnswer().object()["bytes"] as? Int == 8 * 0x8000)
        }

        @Test("a panic is the request's own failure")
        func panic() throws {
            let held = try server.begin("/slow?ms=400")
            #expect(try server.get("/panic").status == 502)
            #expect(try held.readAnswer().text == "slept\n")
            #expect(try server.get("/").status == 200)
            #expect(try server.app().pool?.died == 0)
        }
    }
}

import Glibc
import Testing
import WeirConfig
import WeirCore
import WeirTestSupport

@testable import WeirRuntimes

/// Which connections carry another request, and what becomes of requests on those that do not.
@Suite struct UpstreamReuseTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// One request, answered so, on a connection that the server has accepted.
    private func ask(_ client: RawClient, _ upstream: RawClient, _ answer: String = Self.answer) throws {
        try client.send(RawRequest.get("/"))
        _ = try upstream.readHead()
        try upstream.send(answer)
        #expect(try client.readAnswer().status == 200)
    }

    private func first(_ weir: ProxiedServer, _ answer: String = Self.answer) throws -> (RawClient, RawClient) {
        let client = try weir.client()
        try client.send(RawRequest.get("/"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send(answer)
        #expect(try client.readAnswer().status == 200)
        return (client, upstream)
    }

    @Test("requests follow each other on one connection, whoever they are from")
    func kept() throws {
        let weir = try ProxiedServer()
        let (client, upstream) = try first(weir)
        for _ in 0..<5 { try ask(client, upstream) }
        let other = try weir.client()
        try ask(other, upstream)
        #expect(!weir.server.isAsked(within: 0.05))
    }

    @Test("requests at once have a connection each, of which all are kept")
    func parallel() throws {
        let weir = try ProxiedServer()
        let clients = try (0..<4).map { _ in try weir.client() }
        for client in clients { try client.send(RawRequest.get("/")) }
        let upstreams = try clients.map { _ in try weir.server.accept() }
        for upstream in upstreams { try upstream.send(Self.answer) }
        for client in clients { #expect(try client.readAnswer().text == "ok") }
        for client in clients { try client.send(RawRequest.get("/")) }
        for upstream in upstreams {
            _ = try upstream.readHead()
            _ = try upstream.readHead()
            try upstream.send(Self.answer)
        }
        for client in clients { #expect(try client.readAnswer().text == "ok") }
        #expect(!weir.server.isAsked(within: 0.05))
    }

    @Test("no more connections wait than upstream.idle_connections")
    func idleConnections() throws {
        let weir = try ProxiedServer { $0.upstream.idleConnections = 2 }
        let clients = try (0..<4).map { _ in try weir.client() }
        for client in clients { try client.send(RawRequest.get("/")) }
        let upstreams = try clients.map { _ in try weir.server.accept() }
        for upstream in upstreams { _ = try upstream.readHead() }
        for upstream in upstreams { try upstream.send(Self.answer) }
        for client in clients { #expect(try client.readAnswer().text == "ok") }
        eventually("two are closed") { upstreams.count { $0.isEnded(within: 0) } == 2 }
        let waiting = upstreams.filter { !$0.isEnded(within: 0.2) }
        #expect(waiting.count == 2)
        for client in clients.prefix(2) { try client.send(RawRequest.get("/")) }
        for upstream in waiting { _ = try upstream.readHead() }
        #expect(!weir.server.isAsked(within: 0.05), "both are used again")
    }

    @Test("a connection waits for upstream.idle_timeout and no longer, and with 0 idle_connections not at all")
    func idleTimeout() throws {
        let weir = try ProxiedServer { $0.upstream.idleTimeout = .milliseconds(700) }
        let (client, upstream) = try first(weir)
        #expect(!upstream.isEnded(within: 0.3))
        try ask(client, upstream)
        #expect(!upstream.isEnded(within: 0.5), "the time begins anew with each answer")
        #expect(upstream.isEnded(within: 5))
        let (_, once) = try first(try ProxiedServer { $0.upstream.idleConnections = 0 })
        #expect(once.isEnded(within: 5))
    }

    @Test(
        "a connection that is not in order after its answer is closed",
        arguments: [
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
        ])
    func notKept(answer: String) throws {
        let weir = try ProxiedServer()
        let (client, upstream) = try first(weir, answer)
        #expect(upstream.isEnded(within: 5))
        try client.send(RawRequest.get("/"))
        let second = try weir.server.accept()
        _ = try second.readHead()
        try second.send(Self.answer)
        #expect(try client.readAnswer().text == "ok")
    }

    @Test("bytes after an answer are told of once")
    func bytesAfterAnswer() throws {
        let weir = try ProxiedServer()
        for _ in 0..<2 { _ = try first(weir, Self.answer + "more") }
        #expect(weir.log.lines(of: "upstream.bytes_after_answer").count == 1)
        #expect(weir.log.has("upstream.bytes_after_answer", "bytes=4"))
    }

    @Test("bytes that come between two answers end the connection")
    func unasked() throws {
        let weir = try ProxiedServer()
        let (_, upstream) = try first(weir)
        try upstream.send("HTTP/1.1 408 Request Timeout\r\n\r\n")
        #expect(upstream.isEnded(within: 5))
    }

    @Test("an idle connection is closed a second before its server would")
    func keepAliveOfServer() throws {
        let weir = try ProxiedServer()
        let (_, upstream) = try first(weir, "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\nok")
        let start = Clock.now
        #expect(upstream.isEnded(within: 5))
        #expect((0.9...1.9).contains(Clock.now - start))
    }

    @Test("a connection that its server has closed is not used")
    func closedWhileIdle() throws {
        let weir = try ProxiedServer()
        let (client, upstream) = try first(weir)
        upstream.close()
        try client.send(RawRequest.post("/", "body"))
        let second = try weir.server.accept()
        _ = try second.readHead()
        try second.send(Self.answer)
        #expect(try client.readAnswer().text == "ok")
    }

    @Test("a GET whose connection closes under it goes again over TCP, a POST does not")
    func closedUnderRequest() throws {
        for method in ["GET", "POST"] {
            let weir = try ProxiedServer()
            let (client, upstream) = try first(weir)
            try client.send("\(method) / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
            _ = try upstream.readHead()
            upstream.close()
            if method == "GET" {
                let second = try weir.server.accept()
                _ = try second.readHead()
                try second.send(Self.answer)
            }
            #expect(try client.readAnswer().status == (method == "GET" ? 200 : 502))
            #expect(weir.log.lines(of: "request.retried").count == (method == "GET" ? 1 : 0))
        }
    }

    @Test("over a unix socket a request that was read does not go again, one that was not read does")
    func closedUnderRequestOfUnixSocket() throws {
        let directory = try TemporaryDirectory()
        for isRead in [true, false] {
            let weir = try ProxiedServer { $0.socket = directory("\(isRead).sock") }
            let (client, upstream) = try first(weir)
            try client.send(RawRequest.post("/", "", ["X-Long: \(String(repeating: "x", count: 100))"]))
            #expect(upstream.hasInput(within: 5))
            if isRead { _ = try upstream.readHead() }
            upstream.close()
            if !isRead { try weir.server.accept().send(Self.answer) }
            #expect(try client.readAnswer().status == (isRead ? 502 : 200))
        }
    }

    @Test("a request that a fresh connection lost goes again only if the app says so and asking twice is asking once")
    func lostOnFreshConnection() throws {
        for (retry, method) in [(Retry.off, "GET"), (.idempotent, "GET"), (.idempotent, "POST")] {
            let weir = try ProxiedServer { $0.retry = retry }
            let client = try weir.client()
            try client.send("\(method) / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
            let upstream = try weir.server.accept()
            _ = try upstream.readHead()
            upstream.close()
            let goesAgain = retry == .idempotent && method == "GET"
            if goesAgain { try weir.server.accept().send(Self.answer) }
            #expect(try client.readAnswer().status == (goesAgain ? 200 : 502))
            #expect(weir.log.has("upstream.closed_early", "before the answer"))
        }
    }

    @Test("a server that takes no connection is asked twice, then the client gets 502")
    func notConnected() throws {
        let directory = try TemporaryDirectory()
        let weir = try ProxiedServer { $0.socket = directory("gone.sock") }
        unlink(directory("gone.sock"))
        let client = try weir.client()
        #expect(try client.get("/").status == 502)
        #expect(weir.log.lines(of: "upstream.not_connected").count == 2)
        #expect(eventually { weir.outcomes.list == ["notConnected", "notConnected"] })
    }

    @Test("a process that was retired finishes what it has, closes its connections, and then says so")
    func retired() throws {
        let weir = try ProxiedServer()
        let (_, idle) = try first(weir)
        let clients = try (0..<2).map { _ in try weir.client() }
        try clients[0].send(RawRequest.get("/"))
        _ = try idle.readHead()
        try clients[1].send(RawRequest.get("/"))
        let busy = try weir.server.accept()
        _ = try busy.readHead()
        try idle.send(Self.answer)
        #expect(try clients[0].readAnswer().text == "ok")
        weir.processes[0].retire()
        #expect(idle.isEnded(within: 5))
        #expect(!weir.outcomes.list.contains("idle"))
        try busy.send(Self.answer)
        #expect(try clients[1].readAnswer().text == "ok")
        #expect(busy.isEnded(within: 5))
        #expect(eventually { weir.outcomes.list.contains("idle") })
        let isClosed = Outcomes()
        weir.processes[0].whenClosed { isClosed.add("closed") }
        #expect(eventually { isClosed.list == ["closed"] })
    }
}

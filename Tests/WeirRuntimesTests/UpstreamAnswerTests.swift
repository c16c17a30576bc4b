import Testing
import WeirEdge
import WeirTestSupport

/// Answers as servers give them, and what a client gets of them.
@Suite struct UpstreamAnswerTests {
    /// Asks once, and lets the server answer with `bytes` and, with `closes`, close.
    private func answer(
        _ bytes: String, closes: Bool = false, to request: String = RawRequest.get("/p"), by weir: ProxiedServer
    ) throws -> RawClient {
        let client = try weir.client()
        try client.send(request)
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send(bytes)
        if closes { upstream.close() }
        client.owner = upstream
        return client
    }

    @Test("an answer's status, reason, fields and body reach the client; fields of the way do not")
    func passedOn() throws {
        let weir = try ProxiedServer()
        let client = try answer(
            "HTTP/1.1 203 As It Is\r\nSet-Cookie: a\r\nContent-Length: 5\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
                + "Set-Cookie: b\r\nKeep-Alive: timeout=9\r\nServer: secret\r\nX-Kept: 2\r\n\r\nhello", by: weir)
        let got = try client.readAnswer()
        #expect(got.status == 203 && got.reason == "As It Is" && got.text == "hello")
        #expect(got.all("Set-Cookie") == ["a", "b"] && got["X-Kept"] == "2" && got["Content-Length"] == "5")
        #expect(got["X-Hop"] == nil && got["Keep-Alive"] == nil && got["Server"] == "Weir")
        #expect(eventually { weir.outcomes.list == ["answered(status: 203)"] })
    }

    @Test("an answer that comes byte by byte is the same")
    func byteByByte() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        try client.send(RawRequest.get("/"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        let bytes =
            "HTTP/1.1 103 E\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        for byte in bytes.utf8 { try upstream.send([byte]) }
        #expect(try client.readAnswer()["Link"] == "x")
        #expect(try client.readAnswer().text == "abc")
    }

    @Test("a body goes on until the server closes, and the connection to the client stays")
    func untilClose() throws {
        let weir = try ProxiedServer()
        let client = try answer("HTTP/1.0 200 OK\r\n\r\nhello", closes: true, by: weir)
        let got = try client.readAnswer()
        #expect(got.text == "hello" && !client.hasEnded)
        #expect(weir.log.lines(of: "upstream.closed_early").isEmpty)
    }

    @Test("an answer to HEAD, a 204 and a 304 end with their heads")
    func withoutBody() throws {
        let weir = try ProxiedServer()
        let client = try answer(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", to: "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", by: weir)
        #expect(try client.readAnswer(toHead: true)["Content-Length"] == "5")
        for status in [204, 304] {
            try client.send(RawRequest.get("/"))
            let upstream = try #require(client.owner as? RawClient)
            _ = try upstream.readHead()
            try upstream.send("HTTP/1.1 \(status) X\r\nETag: e\r\n\r\n")
            #expect(try client.readAnswer().status == status)
        }
    }

    @Test("interim answers are passed on, but for 100")
    func interim() throws {
        let weir = try ProxiedServer()
        let client = try answer(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", by: weir)
        let hints = try client.readAnswer()
        #expect(hints.status == 103 && hints["Link"] == "</a>")
        #expect(try client.readAnswer().status == 200)
    }

    @Test("trailers reach a client that reads them, but for those that only a head may say")
    func trailers() throws {
        let weir = try ProxiedServer()
        let client = try answer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\n"
                + "X-Sum: 1\r\nSet-Cookie: a\r\n\r\n",
            to: RawRequest.get("/", ["TE: trailers", "Connection: TE"]), by: weir)
        let got = try client.readAnswer()
        #expect(got.text == "abc" && got.trailers == ["X-Sum: 1"] && got["Trailer"] == "X-Sum")
    }

    @Test(
        "what is no answer is a 502, and the log says why",
        arguments: [
            ("garbage\r\n\r\n", "no HTTP status line"), ("\u{15}\u{3}\u{1}", "a control character in the head"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "both Content-Length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "more than one Content-Length"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "a folded header line"), ("HTTP/1.1 200 OK\n\n", "LF alone"),
            ("HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n", "did not ask for it"),
            ("HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 201) + "\r\n", "too many header fields"),
        ])
    func malformed(bytes: String, reason: String) throws {
        let weir = try ProxiedServer()
        let client = try answer(bytes, by: weir)
        #expect(try client.readAnswer().status == 502)
        #expect(weir.log.has("upstream.malformed", reason), "\(weir.log.lines(of: "upstream.malformed"))")
        let upstream = try #require(client.owner as? RawClient)
        #expect(upstream.isEnded(within: 5), "the connection is not used again")
        #expect(eventually { weir.outcomes.list == ["failed"] })
    }

    @Test("a chunked body that turns to garbage breaks the answer off")
    func malformedBody() throws {
        let weir = try ProxiedServer()
        let client = try answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", by: weir)
        #expect(try client.readHead().hasPrefix("HTTP/1.1 200 OK"))
        _ = try client.read(8)
        try #require(client.owner as? RawClient).send("xyz\r\n")
        #expect(client.isEnded(within: 5) && client.buffered.isEmpty)
        #expect(weir.log.has("upstream.malformed", "a chunk without a size"))
    }

    @Test(
        "an answer that its server does not finish breaks off, or is a 502 where none of it is out",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "within the answer's body"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "within the answer's body"),
        ])
    func closedEarly(bytes: String, reason: String) throws {
        let weir = try ProxiedServer()
        let client = try answer(bytes, by: weir)
        _ = try client.readHead()
        #expect(client.hasInput(within: 5))
        try #require(client.owner as? RawClient).close()
        #expect(client.isEnded(within: 5))
        let rest = String(decoding: client.buffered, as: UTF8.self)
        #expect(rest.contains("abc") && !rest.hasSuffix("0\r\n\r\n"))
        #expect(weir.log.has("upstream.closed_early", reason))
    }

    @Test("only requests that were answered count as completed, and tell how long one takes")
    func lostIsNotCompleted() throws {
        let weir = try ProxiedServer()
        _ = try answer("HTTP/1.1 200 OK\r\nConte", closes: true, by: weir).readAnswer()
        _ = try answer("nonsense\r\n\r\n", by: weir).readAnswer()
        let left = try weir.client()
        try left.send(RawRequest.get("/p"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        left.close()
        #expect(upstream.isEnded(within: 5))
        eventually { weir.gateway.snapshot(now: EdgeLoop.now).running == 0 }
        var snapshot = weir.gateway.snapshot(now: EdgeLoop.now)
        #expect(snapshot.interrupted == 3 && snapshot.completed == 0 && snapshot.meanServiceTime == nil)
        _ = try answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", by: weir).readAnswer()
        eventually { weir.gateway.snapshot(now: EdgeLoop.now).running == 0 }
        snapshot = weir.gateway.snapshot(now: EdgeLoop.now)
        #expect(snapshot.interrupted == 3 && snapshot.completed == 1 && snapshot.meanServiceTime != nil)
    }

    @Test("a server that closes before its answer is complete in its head costs its client a 502")
    func closedBeforeTheHeadEnds() throws {
        let weir = try ProxiedServer()
        let client = try answer("HTTP/1.1 200 OK\r\nConte", closes: true, by: weir)
        #expect(try client.readAnswer().status == 502)
        #expect(weir.log.has("upstream.closed_early", "within the answer's head"))
    }

    @Test("a slow reader of a streamed answer holds its server back, and gets all of it")
    func heldBack() throws {
        let weir = try ProxiedServer { $0.streams = true }
        let client = try weir.client()
        try client.send(RawRequest.get("/"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        let count = 64 << 20
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
        let piece = [UInt8](repeating: 7, count: 262_144)
        var sent = 0
        var taken = 1
        // Until nothing is taken for a while.
        while sent < count, taken > 0 {
            taken = 0
            _ = try holds(within: 0.5) {
                taken = try upstream.sendSome(piece.prefix(count - sent))
                return taken > 0
            }
            sent += taken
        }
        #expect(sent < count, "not all of it fits in between")
        _ = try client.readHead()
        var got = 0
        while got < count {
            if sent < count { sent += try upstream.sendSome(piece.prefix(count - sent)) }
            guard client.hasInput(within: 5) else { break }
            got += try client.receiveSome(limit: 262_144).count + (got == 0 ? client.buffered.count : 0)
        }
        #expect(got == count)
    }
}

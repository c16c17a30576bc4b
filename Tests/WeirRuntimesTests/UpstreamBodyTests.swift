import Testing
import WeirTestSupport

/// Requests' bodies on their way to a server.
@Suite struct UpstreamBodyTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func body(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    @Test("a body arrives whole, whether it was kept in memory or in a file", arguments: [0, 1, 60_000, 5_000_000])
    func whole(count: Int) throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        let body = Self.body(count)
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n")
        try client.send(body)
        let upstream = try weir.server.accept()
        #expect(try upstream.readHead().contains("\nContent-Length: \(count)\n"))
        #expect(try upstream.read(count) == body)
        try upstream.send(Self.answer)
        #expect(try client.readAnswer().text == "ok")
        // The connection is in order.
        try client.send(RawRequest.get("/"))
        _ = try upstream.readHead()
    }

    @Test("an answer that comes before the body was sent reaches the client, and the connection is closed")
    func answeredEarly() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        let count = 20_000_000
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n")
        try client.send(Self.body(count))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        let got = try client.readAnswer()
        #expect(got.status == 413 && got.text == "no")
        #expect(try upstream.readToEnd(allowsReset: true).count < count)
        try client.send(RawRequest.get("/"))
        let second = try weir.server.accept()
        _ = try second.readHead()
        try second.send(Self.answer)
        #expect(try client.readAnswer().text == "ok", "the client's connection goes on")
    }

    @Test("a server may answer while it still reads, and the body goes on")
    func answeredMeanwhile() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        let body = Self.body(2_000_000)
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
        var echoed = 0
        while echoed < body.count {
            let piece = try upstream.read(min(100_000, body.count - echoed))
            try upstream.send(piece)
            echoed += piece.count
        }
        #expect(try client.readAnswer().body == body)
    }

    @Test("a streamed body arrives piece by piece, in its framing", arguments: [true, false])
    func streamed(isChunked: Bool) throws {
        let weir = try ProxiedServer { $0.streams = true }
        let client = try weir.client()
        let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 6"
        try client.send("POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n")
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        for piece in ["abc", "def"] {
            try client.send(isChunked ? "3\r\n\(piece)\r\n" : piece)
            let expected = isChunked ? "3\r\n\(piece)\r\n" : piece
            #expect(try upstream.read(expected.utf8.count) == Array(expected.utf8))
        }
        if isChunked {
            try client.send("0\r\n\r\n")
            #expect(try upstream.read(5) == Array("0\r\n\r\n".utf8))
        }
        try upstream.send(Self.answer)
        #expect(try client.readAnswer().text == "ok")
        try client.send(RawRequest.get("/"))
        _ = try upstream.readHead()
    }

    @Test("a streamed body and its answer may be under way at once")
    func bothWays() throws {
        let weir = try ProxiedServer { $0.streams = true }
        let client = try weir.client()
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        _ = try client.readHead()
        for _ in 0..<3 {
            try client.send("2\r\nab\r\n")
            #expect(try upstream.read(7) == Array("2\r\nab\r\n".utf8))
            try upstream.send("2\r\nba\r\n")
            #expect(try client.read(7) == Array("2\r\nba\r\n".utf8))
        }
    }

    @Test("a client that leaves within its body takes the server's connection with it, without an end of the body")
    func clientLeavesWithinBody() throws {
        let weir = try ProxiedServer { $0.streams = true }
        let client = try weir.client()
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        _ = try upstream.read(7)
        client.close()
        #expect(try upstream.readToEnd(allowsReset: true).isEmpty)
        #expect(eventually { weir.outcomes.list == ["abandoned"] })
    }

    @Test("a streamed request whose server is lost does not go again with half a body")
    func streamedIsNotRepeated() throws {
        let weir = try ProxiedServer {
            $0.streams = true
            $0.retry = .idempotent
        }
        let client = try weir.client()
        try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab")
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        _ = try upstream.read(2)
        upstream.close()
        #expect(try client.readAnswer().status == 502)
        #expect(!weir.server.isAsked(within: 0.05))
    }

    @Test("a server that reads slowly slows its client down")
    func heldBack() throws {
        let weir = try ProxiedServer { $0.streams = true }
        let client = try weir.client()
        let count = 64 << 20
        try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n")
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        let piece = [UInt8](repeating: 7, count: 262_144)
        var sent = try client.sendUntilHeld(count, piece)
        #expect(sent < count, "not all of it fits in between")
        var got = upstream.buffered.count
        while got < count {
            if sent < count { sent += try client.sendSome(piece.prefix(count - sent)) }
            guard upstream.hasInput(within: 5) else { break }
            got += try upstream.receiveSome(limit: 262_144).count
        }
        #expect(got == count)
    }
}

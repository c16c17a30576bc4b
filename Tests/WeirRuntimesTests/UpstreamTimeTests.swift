import Testing
import WeirCore
import WeirTestSupport

@testable import WeirRuntimes

/// Servers that take too long, and clients that do not wait.
@Suite struct UpstreamTimeTests {
    @Test("an answer that does not begin in time is a 504, and its server's connection is closed")
    func request() throws {
        let weir = try ProxiedServer { $0.timeouts.request = .milliseconds(300) }
        let client = try weir.client()
        try client.send(RawRequest.get("/slow"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 103 E\r\n\r\n")
        #expect(try client.readAnswer().status == 103)
        #expect(try client.readAnswer().status == 504)
        #expect(upstream.isEnded(within: 5))
        #expect(weir.log.has("upstream.timed_out", "path=/slow reason=no answer began in time"))
        #expect(eventually { weir.outcomes.list == ["failed"] })
    }

    @Test("an answer that falls silent breaks off; one that goes on may last")
    func idle() throws {
        let weir = try ProxiedServer {
            $0.timeouts.request = .milliseconds(500)
            $0.timeouts.idle = .milliseconds(500)
        }
        let client = try weir.client()
        try client.send(RawRequest.get("/"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        _ = try client.readHead()
        for _ in 0..<8 {
            #expect(!upstream.isEnded(within: 0.2))
            try upstream.send("1\r\na\r\n")
            _ = try client.read(6)
        }
        #expect(client.isEnded(within: 5) && client.buffered.isEmpty)
        #expect(weir.log.has("upstream.timed_out", "the answer did not go on"))
    }

    @Test("a reader's slowness is not the server's silence")
    func slowReader() throws {
        let weir = try ProxiedServer {
            $0.streams = true
            $0.timeouts.idle = .milliseconds(300)
        }
        let client = try weir.client()
        try client.send(RawRequest.get("/"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = Array("40000\r\n".utf8) + [UInt8](repeating: 7, count: 0x40000) + [13, 10]
        var taken = piece.count
        // Until nothing is taken any more: then all in between are full.
        while taken == piece.count {
            taken = 0
            let start = Clock.now
            while taken < piece.count, Clock.now - start < 1.5 { taken += try upstream.sendSome(piece[taken...]) }
        }
        #expect(weir.log.lines(of: "upstream.timed_out").isEmpty)
    }

    @Test("a client that leaves takes its request from the server", arguments: [true, false])
    func clientLeaves(hasHead: Bool) throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        try client.send(RawRequest.get("/"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        if hasHead {
            try upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
            _ = try client.readHead()
        }
        client.reset()
        #expect(upstream.isEnded(within: 5))
        #expect(eventually { weir.outcomes.list == ["abandoned"] })
        let next = try weir.client()
        try next.send(RawRequest.get("/"))
        let second = try weir.server.accept()
        _ = try second.readHead()
        try second.send("HTTP/1.1 204 N\r\n\r\n")
        #expect(try next.readAnswer().status == 204)
    }

    @Test("what is at hand fails when the process is given up")
    func givenUp() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        try client.send(RawRequest.get("/p"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        weir.processes[0].giveUp()
        #expect(try client.readAnswer().status == 504)
        #expect(upstream.isEnded(within: 5))
    }
}

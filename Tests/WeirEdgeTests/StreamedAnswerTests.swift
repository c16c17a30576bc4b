import Foundation
import NIOCore
import Testing
import WeirEdge
import WeirTestSupport

@Suite struct StreamedAnswerTests {
    /// Gives `count` bytes as fast as it may: it stops when it is paused.
    private static func gives(_ count: Int) -> TestProgram.Body {
        { exchange, worker in
            exchange.start("HTTP/1.1 200 OK\n\n")
            giveMore(worker, of: count)
        }
    }

    private static let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 50_000)

    @Sendable private static func giveMore(_ worker: TestWorker, of count: Int) {
        let exchange = worker.exchange
        guard !exchange.isAbandoned, !worker.isPaused else { return }
        exchange.append(piece)
        exchange.flush()
        let given = worker.state.withLock { state in
            state.given += piece.readableBytes
            return state.given
        }
        guard given < count else { return exchange.end() }
        let eventLoop = exchange.loop.eventLoop
        eventLoop.execute { giveMore(worker, of: count) }
    }

    @Test("a slow reader of a streamed answer pauses its source, and gets all of it in the end")
    func slowReader() throws {
        let count = 20_000_000
        let server = try EdgeServer(program: Self.gives(count))
        let client = try server.connect(receiveBuffer: 4_096)
        try client.send(RawRequest.get("/stream"))
        let worker = try server.program.worker()
        #expect(worker.has("paused"))
        let given = worker.state.withLock { $0.given }
        #expect(given < count)
        usleep(200_000)
        #expect(worker.state.withLock { $0.given } <= given + 100_000)
        #expect(!worker.events.contains("resumed"))
        worker.onResume = { worker in Self.giveMore(worker, of: count) }
        #expect(try client.readAnswer().body.count == count)
        #expect(worker.events.contains("resumed"))
    }

    @Test("a slow reader of any other answer does not: the answer is spooled")
    func slowReaderOfASpooledAnswer() throws {
        let count = 20_000_000
        let server = try EdgeServer(program: Self.gives(count))
        let client = try server.connect(receiveBuffer: 4_096)
        try client.send(RawRequest.get("/plain"))
        let worker = try server.program.worker()
        #expect(holds(within: 10) { worker.state.withLock { $0.given } >= count })
        #expect(worker.events == [])
        #expect(try client.readAnswer().body.count == count)
    }

    @Test("a reader that takes nothing of a streamed answer is let go")
    func deadReader() throws {
        let server = try EdgeServer({ $0.timeouts.write = .milliseconds(500) }, program: Self.gives(20_000_000))
        let client = try server.connect(receiveBuffer: 4_096)
        try client.send(RawRequest.get("/stream"))
        let worker = try server.program.worker()
        #expect(worker.has("paused") && worker.has("abandoned"))
    }

    @Test("each piece of an answer leaves as it comes, streamed or not", arguments: ["/plain", "/stream"])
    func eventsAreNotHeldBack(path: String) throws {
        let server = try EdgeServer { exchange, _ in
            exchange.start("HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\n")
            exchange.flush()
        }
        let client = try server.connect()
        try client.send(RawRequest.get(path))
        let head = try client.readHead()
        #expect(head.contains("Content-Type: text/event-stream\r\n") && head.contains("Transfer-Encoding: chunked\r\n"))
        let worker = try server.program.worker()
        for number in 1...3 {
            try worker.act { exchange in
                exchange.append("data: \(number)\n\n")
                exchange.flush()
            }
            #expect(try client.read(14) == Array("9\r\ndata: \(number)\n\n\r\n".utf8))
        }
        try worker.act { $0.end() }
        #expect(try client.read(5) == Array("0\r\n\r\n".utf8))
    }

    // MARK: Heads

    @Test("a server's head is passed on without what speaks of its own connection")
    func headFields() throws {
        let server = try EdgeServer { exchange, _ in
            exchange.start(
                """
                HTTP/1.1 404 Gone Fishing
                Set-Cookie: a=1
                Connection: X-Private, close
                X-Private: 1
                Keep-Alive: timeout=5
                Server: other
                Date: Mon, 01 Jan 2001 00:00:00 GMT
                Set-Cookie: b=2
                X-Accel-Buffering: no
                Content-Length: 5


                """)
            exchange.append("hello")
            exchange.end()
        }
        let client = try server.connect()
        let answer = try client.get("/plain")
        #expect(answer.status == 404 && answer.reason == "Gone Fishing" && answer.text == "hello")
        #expect(answer.all("Set-Cookie") == ["a=1", "b=2"])
        #expect(answer["Content-Length"] == "5" && answer.all("Server") == ["Weir"] && answer.all("Date").count == 1)
        #expect(answer["X-Private"] == nil && answer["Keep-Alive"] == nil && answer["Connection"] == nil)
        #expect(answer["X-Accel-Buffering"] == nil)
    }

    @Test("the length that a server says of what HEAD leaves out is passed on")
    func headRequest() throws {
        let server = try EdgeServer { exchange, _ in
            exchange.start("HTTP/1.1 200 OK\nContent-Length: 500\n\n")
            exchange.end()
        }
        let answer = try server.connect().exchange("HEAD /plain HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(answer["Content-Length"] == "500" && answer.body.isEmpty)
    }

    // MARK: Interim answers

    @Test("103 goes before the answer to clients of HTTP/1.1")
    func earlyHints() throws {
        let server = try EdgeServer { exchange, _ in
            exchange.interim("HTTP/1.1 103 Early Hints\nLink: </a.css>; rel=preload\nConnection: close\n\n")
            exchange.interim("HTTP/1.1 100 Continue\n\n")
            exchange.start("HTTP/1.1 200 OK\n\n")
            exchange.interim("HTTP/1.1 103 Early Hints\nLink: </late.css>; rel=preload\n\n")
            exchange.append("done")
            exchange.end()
        }
        let client = try server.connect()
        let hints = try client.get("/plain")
        #expect(hints.status == 103 && hints.reason == "Early Hints")
        #expect(hints["Link"] == "</a.css>; rel=preload" && hints["Connection"] == nil)
        let answer = try client.readAnswer()
        #expect(answer.status == 200 && answer.text == "done")
        #expect(try client.exchange("GET /plain HTTP/1.0\r\nHost: test\r\n\r\n").status == 200)
    }

    @Test("a flood of interim answers is cut at 16")
    func interimFlood() throws {
        let server = try EdgeServer { exchange, _ in
            for number in 0..<100 { exchange.interim("HTTP/1.1 103 Early Hints\nX-Number: \(number)\n\n") }
            exchange.start("HTTP/1.1 204 No Content\n\n")
            exchange.end()
        }
        let client = try server.connect()
        try client.send(RawRequest.get("/plain"))
        for number in 0..<16 { #expect(try client.readAnswer()["X-Number"] == "\(number)") }
        #expect(try client.readAnswer().status == 204)
    }

    // MARK: Trailers

    private static func trailing(isAnnounced: Bool, atOnce: Bool) -> TestProgram.Body {
        { exchange, _ in
            let trailer = isAnnounced ? "Trailer: X-Sum\n" : ""
            exchange.start("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\(trailer)\n")
            exchange.append("body")
            if !atOnce { exchange.flush() }
            exchange.trail("X-Sum: 42\n")
            exchange.end()
        }
    }

    @Test("fields behind a body reach clients that read them", arguments: [true, false], [true, false])
    func trailers(isAnnounced: Bool, atOnce: Bool) throws {
        let server = try EdgeServer(program: Self.trailing(isAnnounced: isAnnounced, atOnce: atOnce))
        let client = try server.connect()
        let answer = try client.get("/plain", "TE: gzip, trailers", "Connection: TE")
        #expect(answer.text == "body" && answer.trailers == ["X-Sum: 42"])
        #expect(answer["Trailer"] == (isAnnounced ? "X-Sum" : nil))
        #expect(try client.get("/plain", "TE: trailers").trailers == ["X-Sum: 42"])
    }

    @Test("and no others", arguments: ["HTTP/1.1\r\n", "HTTP/1.1\r\nTE: deflate\r\n", "HTTP/1.0\r\nTE: trailers\r\n"])
    func noTrailers(rest: String) throws {
        let server = try EdgeServer(program: Self.trailing(isAnnounced: true, atOnce: false))
        let answer = try server.connect().exchange("GET /plain \(rest)Host: test\r\n\r\n")
        #expect(answer.text == "body" && answer.trailers.isEmpty && answer["Trailer"] == nil)
    }
}

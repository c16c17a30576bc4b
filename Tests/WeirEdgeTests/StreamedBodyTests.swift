import NIOCore
import Testing
import WeirConfig
import WeirCore
import WeirEdge
import WeirTestSupport

@Suite struct StreamedBodyTests {
    private static let head = "POST /stream HTTP/1.1\r\nHost: test\r\n"
    private static let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"

    private static func chunk(_ text: String) -> String {
        String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
    }

    /// Whose program takes the body at once, and answers when the test says so.
    private static func taking(_ change: (inout Settings) -> Void = { _ in }) throws -> EdgeServer {
        try EdgeServer(change) { exchange, worker in exchange.bodySink = worker }
    }

    private static func answer(_ worker: TestWorker, _ text: String = "done") throws {
        try worker.act { exchange in
            exchange.start("HTTP/1.1 200 OK\n\n")
            exchange.append(text)
            exchange.end()
        }
    }

    // MARK: On its way

    @Test("a streamed request is handed over at its head, and its body as it arrives")
    func handedOverAtItsHead() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 6\r\n\r\n")
        let worker = try server.program.worker()
        #expect(try worker.act { $0.isStreaming && !$0.isBodyTouched })
        try client.send("abc")
        #expect(worker.hasReceived("abc"))
        #expect(worker.events == [])
        try client.send("def")
        #expect(worker.has("body ended") && worker.text == "abcdef")
        #expect(try worker.act { $0.isBodyTouched })
        try Self.answer(worker)
        #expect(try client.readAnswer().text == "done")
    }

    @Test("a body in chunks is passed on without them")
    func chunksAreTakenApart() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(Self.chunked + Self.chunk("one "))
        let worker = try server.program.worker()
        #expect(worker.hasReceived("one "))
        try client.send(Self.chunk("two ") + Self.chunk("three") + "0\r\n\r\n")
        #expect(worker.has("body ended") && worker.text == "one two three")
        try Self.answer(worker)
        #expect(try client.readAnswer().text == "done")
    }

    @Test("without stream: true the body is whole before anybody gets the request")
    func collectedOtherwise() throws {
        let server = try EdgeServer { exchange, worker in
            worker.note("\(exchange.isStreaming) \(exchange.body.count)")
            exchange.start("HTTP/1.1 204 No Content\n\n")
            exchange.end()
        }
        let client = try server.connect()
        try client.send("POST /plain HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\nabc")
        #expect(!client.hasInput(within: 0.2) && server.program.count == 0)
        try client.send("def")
        #expect(try client.readAnswer().status == 204)
        #expect(try server.program.worker().events == ["false 6"])
    }

    @Test("both directions flow at once")
    func bothWaysAtOnce() throws {
        let server = try EdgeServer { exchange, worker in
            worker.state.withLock { $0.echoes = true }
            exchange.start("HTTP/1.1 200 OK\n\n")
            exchange.bodySink = worker
        }
        let client = try server.connect()
        try client.send(Self.chunked)
        for word in ["first", "second", "third"] {
            try client.send(Self.chunk(word))
            #expect(holds(within: 5) { (try? server.program.worker().text.hasSuffix(word)) == true })
            #expect(client.hasInput(within: 5))
        }
        try client.send("0\r\n\r\n")
        #expect(try client.readAnswer().text == "firstsecondthird")
    }

    @Test("what comes before a worker is there waits for it, and no more than limits.body_memory and one read")
    func waitsForAWorker() throws {
        let server = try EdgeServer({ $0.limits.bodyMemory = .kibibytes(16) }) { _, _ in }
        let client = try server.connect()
        let body = largeBytes
        try client.send(Self.head + "Content-Length: \(body.count)\r\n\r\n")
        let sent = try client.sendWhatIsTaken(body)
        #expect(sent < body.count)
        let worker = try server.program.worker()
        #expect(worker.bytes.isEmpty)
        try worker.takeBody()
        try client.send(Array(body[sent...]))
        #expect(worker.has("body ended") && worker.bytes == body)
        try Self.answer(worker)
        #expect(try client.readAnswer().text == "done")
    }

    @Test("a sink that pauses stops its client, and nothing is lost")
    func pausing() throws {
        let server = try Self.taking()
        let client = try server.connect()
        let body = largeBytes
        try client.send(Self.head + "Content-Length: \(body.count)\r\n\r\n")
        let worker = try server.program.worker()
        try worker.act { $0.pauseBody() }
        let sent = try client.sendWhatIsTaken(body)
        #expect(sent < body.count && worker.bytes.count == 0)
        try worker.act { $0.resumeBody() }
        try client.send(Array(body[sent...]))
        #expect(worker.has("body ended") && worker.bytes == body)
        try Self.answer(worker)
        #expect(try client.readAnswer().text == "done")
    }

    // MARK: Going wrong

    @Test("a client that leaves within its body fails it, and its request is abandoned")
    func clientLeaves() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 6\r\n\r\nabc")
        let worker = try server.program.worker()
        #expect(worker.hasReceived("abc"))
        client.close()
        #expect(worker.has("abandoned"))
        #expect(worker.events == ["body failed", "abandoned"])
        #expect(try server.accessLog(1)[0].contains("\"status\":499"))
    }

    @Test("a client that leaves while its body is held is noticed, too")
    func clientLeavesWhilePaused() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 60\r\n\r\n")
        let worker = try server.program.worker()
        try worker.act { $0.pauseBody() }
        try client.send("abc")
        client.close()
        #expect(worker.has("abandoned") && worker.events == ["body failed", "abandoned"])
    }

    @Test("a malformed chunk is answered with 400, and fails the body")
    func malformedChunk() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(Self.chunked + Self.chunk("one"))
        let worker = try server.program.worker()
        #expect(worker.hasReceived("one"))
        try client.send("zzz\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == 400 && answer["Connection"] == "close")
        #expect(worker.events == ["body failed", "abandoned"])
        #expect(try server.accessLog(1).map { $0.contains("\"status\":400") } == [true])
    }

    @Test("a malformed chunk after the answer has begun breaks the connection")
    func malformedChunkWithinAnAnswer() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(Self.chunked + Self.chunk("one"))
        let worker = try server.program.worker()
        try worker.act { exchange in
            exchange.start("HTTP/1.1 200 OK\n\n")
            exchange.append("begun")
            exchange.flush()
        }
        try client.send("zzz\r\n")
        let text = String(decoding: try client.readToEnd(allowsReset: true), as: UTF8.self)
        #expect(text.contains("begun") && !text.contains("0\r\n\r\n"))
        #expect(worker.has("abandoned") && worker.events == ["body failed", "abandoned"])
    }

    @Test("limits.body holds for streamed bodies", arguments: [false, true])
    func tooLarge(isAnswered: Bool) throws {
        let server = try Self.taking { $0.limits.body = 1_000 }
        let client = try server.connect()
        try client.send(Self.chunked + Self.chunk(String(repeating: "a", count: 900)))
        let worker = try server.program.worker()
        if isAnswered {
            try worker.act { exchange in
                exchange.start("HTTP/1.1 200 OK\n\n")
                exchange.flush()
            }
        }
        try client.send(Self.chunk(String(repeating: "b", count: 200)))
        if isAnswered {
            let text = String(decoding: try client.readToEnd(allowsReset: true), as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 200") && text.hasSuffix("\r\n\r\n") && !text.contains("413"))
        } else {
            #expect(try client.readAnswer().status == 413)
        }
        #expect(worker.has("abandoned") && worker.events == ["body failed", "abandoned"])
        #expect(worker.bytes.count == 900)
    }

    @Test("a declared length beyond limits.body is refused before anybody gets the request")
    func declaredTooLarge() throws {
        let server = try Self.taking { $0.limits.body = 1_000 }
        let client = try server.connect()
        #expect(try client.exchange(Self.head + "Content-Length: 1001\r\n\r\n").status == 413)
        #expect(server.program.count == 0)
    }

    @Test("a body that falls silent is answered with 408")
    func silentBody() throws {
        let server = try Self.taking { $0.timeouts.body = .milliseconds(500) }
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 6\r\n\r\nabc")
        #expect(try client.readAnswer().status == 408)
        #expect(try server.program.worker().events == ["body failed", "abandoned"])
    }

    @Test("a body that comes too slowly is answered with 408")
    func slowBody() throws {
        let server = try Self.taking {
            $0.timeouts.body = .milliseconds(400)
            $0.timeouts.bodyMinimumRate = 1_000_000
        }
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 600\r\n\r\n")
        for _ in 0..<30 where !client.hasInput(within: 0.1) { try client.send("a") }
        #expect(try client.readAnswer().status == 408)
    }

    @Test("while the sink pauses, the client is not to blame")
    func pausedIsNotSilent() throws {
        let server = try Self.taking {
            $0.timeouts.body = .milliseconds(400)
            $0.timeouts.bodyMinimumRate = 1_000
        }
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 6\r\n\r\n")
        let worker = try server.program.worker()
        try worker.act { $0.pauseBody() }
        try client.send("abcdef")
        #expect(!client.hasInput(within: 1.5))
        try worker.act { $0.resumeBody() }
        #expect(worker.has("body ended") && worker.text == "abcdef")
        try Self.answer(worker)
        #expect(try client.readAnswer().status == 200)
    }

    // MARK: Expectations, and answers before the end

    @Test("100 Continue is said when somebody takes the request")
    func continues() throws {
        let server = try EdgeServer { _, _ in }
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        let worker = try server.program.worker()
        #expect(!client.hasInput(within: 0.2))
        try worker.takeBody()
        #expect(try client.readAnswer().status == 100)
        try client.send("abc")
        #expect(worker.has("body ended") && worker.text == "abc")
        try Self.answer(worker)
        #expect(try client.readAnswer().text == "done")
    }

    @Test("who is turned away is not asked for the body first")
    func turnedAwayWithoutContinue() throws {
        let server = try EdgeServer { exchange, _ in exchange.shed(Shed(reason: .queueFull, retryAfterSeconds: 1)) }
        let client = try server.connect()
        let answer = try client.exchange(Self.head + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(answer.status == 503 && answer["Connection"] == "close")
        #expect(try client.readToEnd() == [])
    }

    @Test("after an early answer a short rest of the body is read, and the connection kept")
    func earlyAnswerKeepsTheConnection() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 6\r\n\r\nabc")
        let worker = try server.program.worker()
        #expect(worker.hasReceived("abc"))
        try Self.answer(worker, "enough")
        let answer = try client.readAnswer()
        #expect(answer.text == "enough" && answer["Connection"] == nil)
        try client.send("def" + Self.head + "Content-Length: 2\r\n\r\nxy")
        let second = try server.program.worker(1)
        #expect(second.hasReceived("xy"))
        try Self.answer(second, "second")
        #expect(try client.readAnswer().text == "second")
        #expect(worker.text == "abc" && worker.events == [])
    }

    @Test("after an early answer a long rest of the body ends the connection", arguments: [false, true])
    func earlyAnswerClosesTheConnection(isChunked: Bool) throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(isChunked ? Self.chunked + Self.chunk("abc") : Self.head + "Content-Length: 9000000\r\n\r\nabc")
        let worker = try server.program.worker()
        #expect(worker.hasReceived("abc"))
        try Self.answer(worker, "enough")
        let answer = try client.readAnswer()
        #expect(answer.text == "enough")
        if isChunked {
            // How much follows is not known before it comes.
            try client.send(Self.chunk(String(repeating: "a", count: 70_000)))
        } else {
            #expect(answer["Connection"] == "close")
        }
        #expect(client.isEnded(within: 5))
        #expect(try server.accessLog(1).map { $0.contains("\"status\":200") } == [true])
    }

    @Test("a request without a body has a sink that hears of its end at once")
    func noBody() throws {
        let server = try Self.taking()
        let client = try server.connect()
        try client.send(RawRequest.get("/stream"))
        let worker = try server.program.worker()
        #expect(worker.events == ["body ended"])
        try Self.answer(worker)
        #expect(try client.readAnswer().text == "done")
    }

    @Test("a request that loses its worker before the body was touched can have another")
    func anotherWorker() throws {
        let server = try EdgeServer { _, _ in }
        let client = try server.connect()
        try client.send(Self.head + "Content-Length: 6\r\n\r\nabc")
        let worker = try server.program.worker()
        let second = TestWorker(worker.exchange)
        try worker.act { exchange in
            exchange.pauseBody()
            exchange.bodySink = worker
            exchange.forgetWorker()
        }
        #expect(try worker.act { !$0.isBodyTouched })
        try second.takeBody()
        try client.send("def")
        #expect(second.has("body ended") && second.text == "abcdef" && worker.bytes.isEmpty)
        try Self.answer(second)
        #expect(try client.readAnswer().text == "done")
    }
}

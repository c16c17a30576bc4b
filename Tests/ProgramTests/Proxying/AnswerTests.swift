import Testing
import WeirTestSupport

extension Programs {
    @Suite("Answers on their way to clients")
    struct AnswerTests {
        /// A request whose program says `answer` and nothing else on its connection, which then closes.
        private struct Asked {
            let upstream: RawUpstream
            let server: ProgramServer
            let client: RawClient

            init(_ answer: String, _ request: String = RawRequest.get("/")) throws {
                upstream = try RawUpstream { client in
                    _ = try client.readRequest()
                    try client.send(answer)
                }
                server = try ProgramServer(.external(upstream.port))
                client = try server.connect()
                try client.send(request)
            }
        }

        @Test("what is meant for Weir alone stays there, cookies and unknown fields do not")
        func fields() throws {
            let asked = try Asked(
                Answers.ok(
                    "ok", "Connection: X-Hop, close", "X-Hop: 1", "Keep-Alive: timeout=5", "Set-Cookie: a=1",
                    "Set-Cookie: b=2", "X-Any: 1", "Proxy-Authenticate: Basic", "Upgrade: h2c"))
            let answer = try asked.client.readAnswer()
            #expect(answer.text == "ok" && answer.all("Set-Cookie") == ["a=1", "b=2"] && answer["X-Any"] == "1")
            for name in ["X-Hop", "Keep-Alive", "Upgrade"] { #expect(answer[name] == nil, "\(name)") }
            // The application closed; the client's connection goes on.
            #expect(answer["Connection"] != "close" && !asked.client.isEnded(within: 0.2))
        }

        @Test(
            "an answer that breaks off is broken for the client too",
            arguments: [
                "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "a", count: 500),
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            ])
        func broken(answer: String) throws {
            let asked = try Asked(answer)
            #expect(throws: (any Error).self) { try asked.client.readAnswer() }
            #expect(asked.client.isEnded(within: 5))
            _ = try asked.server.logLine("upstream.closed_early")
        }

        @Test("an answer without a length ends with its connection")
        func untilClose() throws {
            let asked = try Asked("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it")
            #expect(try asked.client.readAnswer().text == "all of it")
        }

        @Test("a connection that closes without an answer is 502, and a request is not run twice")
        func noAnswer() throws {
            let asked = try Asked("", RawRequest.post("/", "x"))
            #expect(try asked.client.readAnswer().status == 502)
            _ = try asked.server.logLine("upstream.closed_early", "before the answer")
        }

        @Test(
            "an answer that could be read in two ways is 502, and its connection is not used again",
            arguments: [
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                "HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\nabcd",
                "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\u{0}b\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
                "this is not HTTP\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            ])
        func smuggling(answer: String) throws {
            let upstream = try RawUpstream { client in
                while case let head = try client.readRequest() {
                    try client.send(head.target == "/bad" ? answer : Answers.ok("good"))
                }
            }
            let server = try ProgramServer(.external(upstream.port))
            let client = try server.connect()
            let refused = try client.get("/bad")
            #expect(refused.status == 502 && !refused.text.contains("abc"), "\(answer)")
            #expect(try client.get("/").text == "good")
            #expect(upstream.connections == 2)
            _ = try server.logLine("upstream.malformed")
        }

        @Test("what follows an answer is nobody's answer")
        func extraBytes() throws {
            let upstream = try RawUpstream { client in
                while case let head = try client.readRequest() {
                    try client.send(
                        head.target == "/more" ? Answers.ok("one") + Answers.ok("evil") : Answers.ok("good"))
                }
            }
            let server = try ProgramServer(.external(upstream.port))
            let client = try server.connect()
            #expect(try client.get("/more").text == "one")
            #expect(try client.get("/").text == "good")
            #expect(upstream.connections == 2)
            _ = try server.logLine("upstream.bytes_after_answer")
        }

        @Test("a HEAD, a 204 and a 304 have no body, whatever they say of one")
        func bodiless() throws {
            let upstream = try RawUpstream.answering { head in
                switch head.target {
                case "/204": "HTTP/1.1 204 No Content\r\n\r\n"
                case "/304": "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 4\r\n\r\n"
                default:
                    head.line.hasPrefix("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" : Answers.ok("last")
                }
            }
            let server = try ProgramServer(.external(upstream.port))
            let client = try server.connect()
            let head = try client.exchange("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(head.status == 200 && head["Content-Length"] == "4")
            #expect(try client.get("/204").status == 204)
            #expect(try client.get("/304")["ETag"] == "\"x\"")
            #expect(try client.get("/").text == "last")
            #expect(upstream.connections == 1)
        }

        @Test("interim answers but 100 reach the client")
        func interim() throws {
            let asked = try Asked(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                    + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Answers.ok("done"))
            #expect(try asked.client.readAnswer().status == 102)
            #expect(try asked.client.readAnswer()["Link"] == "</a>")
            #expect(try asked.client.readAnswer().text == "done")
        }
    }
}

import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Answers")
    struct AnswerTests {
        @Test(arguments: [200, 299, 404, 418, 503])
        func theStatusIsTheScripts(code: Int) throws {
            let answer = try PHPServer().get("/headers.php?how=status&code=\(code)")
            #expect(answer.status == code && answer.text == "status \(code)")
        }

        @Test(arguments: [204, 304])
        func someStatusesHaveNoBody(code: Int) throws {
            let client = try PHPServer().connect()
            #expect(try client.get("/headers.php?how=status&code=\(code)").status == code)
            // Had there been one, it would be in the way of this.
            #expect(try client.get("/headers.php?how=length").text == "12345")
        }

        @Test func headersAreTheScripts() throws {
            let server = try PHPServer()
            let cookies = try server.get("/headers.php?how=cookies")
            #expect(cookies.all("Set-Cookie").count == 2)
            #expect(cookies.all("X-Twice") == ["first", "second"])
            #expect(cookies.all("X-Replaced") == ["new"])
            #expect(cookies.all("Content-Type") == ["text/html; charset=UTF-8"])
            let redirect = try server.get("/headers.php?how=location")
            #expect(redirect.status == 302 && redirect["Location"] == "/elsewhere")
            #expect(try server.get("/headers.php?how=line").status == 418)
        }

        @Test func framingAndDateAreTheServers() throws {
            let answer = try PHPServer().get("/headers.php?how=own")
            #expect(answer.all("Server") == ["Weir"])
            #expect(answer.all("Date").count == 1 && answer["Date"] != "yesterday")
            #expect(answer["Keep-Alive"] == nil)
            #expect(answer["X-Powered-By"] == "me")
            #expect(answer.text == "ok")
        }

        @Test func onlyAnUpgradeThatIsRequiredIsToldOf() throws {
            let server = try PHPServer()
            let required = try server.get("/headers.php?how=upgrade&code=426")
            #expect(required.status == 426 && required["Upgrade"] == "TLS/1.2, HTTP/1.1")
            #expect(required.all("Connection").contains("upgrade"))
            let offered = try server.get("/headers.php?how=upgrade&code=200")
            #expect(offered.text == "ok" && offered["Upgrade"] == nil)
            #expect(!offered.all("Connection").contains("upgrade"))
        }

        @Test func anInterimAnswerIsNotSent() throws {
            let answer = try PHPServer().get("/headers.php?how=hints")
            #expect(answer.status == 200 && answer.text == "final")
        }

        @Test func buffersAreFlushedAtTheEnd() throws {
            let answer = try PHPServer(ini: "output_buffering: 4096").get("/buffers.php")
            #expect(answer.text == "UPPER left open" && answer["X-After-Output"] == "possible")
        }

        @Test func headHasTheFieldsAndNoBody() throws {
            let client = try PHPServer().connect()
            #expect(
                try client.exchange("HEAD /headers.php?how=length HTTP/1.1\r\nHost: t\r\n\r\n")["Content-Length"] == "5"
            )
            #expect(try client.get("/headers.php?how=length").text == "12345")
        }

        // MARK: Streams

        @Test func flushedBytesArriveBeforeTheScriptEnds() throws {
            let client = try PHPServer().begin("/stream.php?pieces=3&pause=400")
            let start = Clock.now
            let head = try client.read(12)
            #expect(String(decoding: head, as: UTF8.self) == "HTTP/1.1 200")
            #expect(Clock.now - start < 0.35)
            _ = try client.read(1)
            #expect(client.hasInput(within: 0.1) || !client.buffered.isEmpty)
        }

        @Test func aStreamIsChunkedOrEndsWithTheConnection() throws {
            let server = try PHPServer()
            let chunked = try server.get("/stream.php?pieces=3&pause=20")
            #expect(chunked["Transfer-Encoding"] == "chunked" && chunked.text == "aaaaaaaaaa\nbbbbbbbbbb\ncccccccccc\n")
            let old = try server.connect().exchange("GET /stream.php?pieces=3&pause=20 HTTP/1.0\r\n\r\n")
            #expect(old["Transfer-Encoding"] == nil && old.text == chunked.text)
        }

        // MARK: Work after the answer

        @Test func finishRequestAnswersWhileTheWorkerGoesOn() throws {
            let server = try PHPServer(workers: 1)
            let start = Clock.now
            let answer = try server.get("/finish.php?pause=700&log=\(server.scratch("log"))")
            #expect(answer.text.hasPrefix("answered by ") && answer["X-Finish"] == "yes")
            #expect(Clock.now - start < 0.5)
            #expect(try server.app().active == 1)
            // With a single worker the next one waits for it.
            #expect(try server.get("/count.php").status == 200)
            #expect(Clock.now - start >= 0.69)
            #expect(server.lines("log").count == 1)
        }

        // MARK: State

        @Test func nothingOfARequestIsLeftToTheNext() throws {
            let server = try PHPServer(workers: 1, ini: "memory_limit: 64M")
            for _ in 0..<3 { #expect(try server.get("/count.php").text == "1 1 64M") }
        }

        @Test func sessionsAreSharedBetweenWorkers() throws {
            let server = try PHPServer(workers: 3)
            let first = try server.get("/session.php")
            let cookie = try #require(first["Set-Cookie"]?.split(separator: ";").first)
            var workers: Set<Substring> = []
            for count in 2..<20 {
                // Somebody else's request keeps a worker busy, so that the visitor meets others.
                let other = try server.begin("/sleep.php?ms=\(count * 3 % 40)")
                let words = try server.get("/session.php", "Cookie: \(cookie)").text.split(separator: " ")
                #expect(words.first.map(String.init) == "\(count)")
                workers.formUnion(words.dropFirst())
                _ = try other.readAnswer()
            }
            #expect(workers.count > 1)
        }
    }
}

import Foundation
import Testing
import WeirTestSupport

@Suite("Connections and their requests")
struct ConnectionTests {
    @Test func aConnectionServesManyRequests() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        for number in 0..<200 {
            #expect(try client.get("/\(number)").echoed()["uri"] as? String == "/\(number)")
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let site = try Site.echo()
        try site.write("small.txt", "small")
        try site.write("large.bin", [UInt8](repeating: 65, count: 3 << 20))
        let server = try WeirProcess(site, Site.php())
        let client = try server.connect()
        let paths = [
            "/slow?sleep=0.4", "/small.txt", "/fast", "/large.bin", "/nothing/there.txt", "/fast?2", "/small.txt",
        ]
        try client.send(paths.map { RawRequest.get($0) }.joined())
        for path in paths {
            let answer = try client.readAnswer()
            #expect(answer.status == 200)
            switch path {
            case "/small.txt": #expect(answer.text == "small")
            case "/large.bin": #expect(answer.body.count == 3 << 20)
            default: #expect(try answer.echoed()["uri"] as? String == path)
            }
        }
    }

    @Test func pipelinedBodiesStayWithTheirRequests() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        let bodies = (0..<30).map { String(repeating: "\($0),", count: $0 * 50) }
        let chunked = bodies.map { body in
            let chunk = body.isEmpty ? "" : "\(String(body.utf8.count, radix: 16));x=y\r\n\(body)\r\n"
            return "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)0\r\nT: x\r\n\r\n"
        }
        try client.send(zip(bodies, chunked).map { RawRequest.post("/l", $0) + $1 }.joined())
        for body in bodies {
            for method in ["POST", "PUT"] {
                let echo = try client.readAnswer().echoed()
                #expect(echo["method"] as? String == method)
                #expect(echo["length"] as? Int == body.utf8.count)
            }
        }
    }

    @Test func chunkedBodiesReachTheAppDecodedAndWithTheirLength() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
        for piece in ["5\r\nhel", "lo\r\n1;a=\"b\"\r\n \r\n5\r\nwor", "ld\r\n0\r\nX-Sum: 1\r\n", "Host: evil\r\n\r\n"] {
            try client.send(piece)
            usleep(20_000)
        }
        let answer = try client.readAnswer()
        let echo = try answer.echoed()
        #expect(echo["length"] as? Int == 11)
        #expect(echo["sha1"] as? String == "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed")
        #expect(echo["content_length"] as? String == "11")
        #expect(try answer.serverVariable("HTTP_HOST") == "a")
        #expect(try answer.serverVariable("HTTP_TRANSFER_ENCODING") == nil)
        #expect(try answer.serverVariable("HTTP_X_SUM") == nil)
        #expect(try client.get("/next").status == 200)
    }

    @Test func anAnswerOfUnknownLengthIsChunkedAsItComes() throws {
        let site = try TemporaryDirectory()
        try site.write(
            "index.php",
            "<?php for ($i = 0; $i < 3; $i++) { echo str_repeat('x', 10000), $i; ob_flush(); flush(); usleep(200000); }"
        )
        let server = try WeirProcess(site, Site.php())
        let client = try server.connect()
        try client.send(RawRequest.get("/"))
        let started = Clock.now
        _ = try client.read(100)
        #expect(Clock.now - started < 0.35, "the first piece does not wait for the last")
        let rest = try client.readToEndOfChunks()
        #expect(rest.hasSuffix("0\r\n\r\n"))
        #expect(try client.get("/")["Transfer-Encoding"] == "chunked")

        let old = try server.connect().exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(old["Transfer-Encoding"] == nil)
        #expect(old["Connection"] == "close")
        #expect(old.body.count == 30_003)
    }

    // MARK: Expect: 100-continue

    @Test func continueIsSaidWhenTheBodyIsWanted() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.readAnswer().status == 100)
        try client.send("abc")
        #expect(try client.readAnswer().echoed()["length"] as? Int == 3)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.readAnswer().status == 100)
        try client.send("3\r\nabc\r\n0\r\n\r\n")
        #expect(try client.readAnswer().echoed()["length"] as? Int == 3)
    }

    @Test func continueIsNotSaidToOneWhoSendsAnyway() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        let answer = try client.exchange(RawRequest.post("/", "abc", ["Expect: 100-continue"]))
        #expect(try answer.echoed()["length"] as? Int == 3)
        let old = try server.connect()
        try old.send("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(!old.hasInput(within: 0.3), "HTTP/1.0 does not know 100")
        try old.send("abc")
        #expect(try old.readAnswer().echoed()["length"] as? Int == 3)
    }

    @Test(arguments: ["/teapot", "/moved", "/static/a.txt", "/static/none", "/large"])
    func continueIsNotSaidWhenNobodyWantsTheBody(_ path: String) throws {
        let site = try Site.echo()
        try site.write("static/a.txt", "a")
        let server = try WeirProcess(
            site,
            Site.php(
                """
                limits: {body: 1MB}
                routes:
                  - {path: /teapot, respond: {status: 418, body: short}}
                  - {path: /moved, redirect: /elsewhere}
                  - {path: /static/*, static: .}
                """))
        let client = try server.connect(patience: 5)
        let length = path == "/large" ? 2_000_000 : 100_000
        try client.send("PUT \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n")
        let answer = try client.readAnswer()
        let expected = ["/teapot": 418, "/moved": 302, "/static/a.txt": 405, "/static/none": 404, "/large": 413]
        #expect(answer.status == expected[path])
        #expect(answer["Connection"] == "close", "whether the body follows is not known any more")
        #expect(client.isEnded(within: 5))
    }

    @Test func aBodyThatNobodyWantsIsReadAndTheConnectionKept() throws {
        let server = try WeirProcess(
            Site.echo(), Site.php("routes: [{path: /teapot, respond: {status: 418, body: short}}]"))
        let client = try server.connect()
        let body = String(repeating: "GET /smuggled HTTP/1.1\r\n\r\n", count: 20_000)
        #expect(try client.exchange(RawRequest.post("/teapot", body)).status == 418)
        #expect(try client.get("/next").echoed()["uri"] as? String == "/next")
    }

    // MARK: Methods, forms and versions

    @Test(arguments: ["/", "/small.txt", "/large.bin", "/missing/x", "/teapot", "/dir", "/health", "/length.php"])
    func headHasTheFieldsOfGetAndNoBody(_ path: String) throws {
        let site = try Site.echo()
        try site.write("small.txt", "small")
        try site.write("large.bin", [UInt8](repeating: 65, count: 1 << 20))
        try site.write("dir/index.html", "index")
        try site.write("length.php", "<?php header('Content-Length: 5'); echo 'hello';")
        let server = try WeirProcess(
            site, Site.php("routes: [{path: /teapot, respond: {status: 418, body: short}}]"))
        let client = try server.connect()
        let get = try client.get(path)
        let head = try client.exchange("HEAD \(path) HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(head.status == get.status)
        let changing = ["date", "x-request-id"]
        // The length of a script's answer is known once it is made, and HEAD makes none.
        let unknown = path == "/" || path == "/missing/x" ? ["content-length"] : []
        func compared(_ answer: RawAnswer) -> [String] {
            answer.fields.filter { !(changing + unknown).contains($0.name.lowercased()) }.map {
                "\($0.name): \($0.value)"
            }
        }
        #expect(compared(head) == compared(get))
        #expect(try client.get("/after").status == 200, "nothing is left of a body")
    }

    @Test func unknownMethodsReachTheApp() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        for method in ["PURGE", "PROPFIND", "brew", "M-SEARCH", "QUERY", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let answer = try client.exchange("\(method) /x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try answer.echoed()["method"] as? String == method)
        }
    }

    @Test func connectIsNotServed() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        #expect(try client.exchange("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n").status == 501)
        #expect(client.isEnded(within: 5))
    }

    @Test func optionsOfTheServerAreAnsweredByTheServer() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        let answer = try client.exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.status == 204)
        #expect(answer["Allow"]?.contains("GET") == true)
        #expect(answer["Content-Length"] == nil && answer["Transfer-Encoding"] == nil)
        #expect(try client.get("/").status == 200)
    }

    @Test func http10EndsTheConnectionUnlessAskedToKeepIt() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        let kept = try client.exchange("GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        #expect(kept["Connection"]?.lowercased() == "keep-alive")
        #expect(kept["Content-Length"] != nil)
        let last = try client.exchange("GET /2 HTTP/1.0\r\n\r\n")
        #expect(last["Connection"] == "close")
        #expect(try last.serverVariable("SERVER_PROTOCOL") == "HTTP/1.0")
        #expect(client.isEnded(within: 5))
    }

    @Test func absoluteFormIsServedByItsOwnAuthority() throws {
        let server = try WeirProcess(
            Site.echo(), Site.php("routes: [{host: other.example, respond: {body: other}}]"))
        let client = try server.connect()
        let answer = try client.exchange("GET http://a.example:81/x?y=1 HTTP/1.1\r\nHost: b.example\r\n\r\n")
        #expect(try answer.echoed()["uri"] as? String == "/x?y=1")
        #expect(try answer.serverVariable("SERVER_NAME") == "a.example")
        #expect(try answer.serverVariable("HTTP_HOST") == "a.example:81", "RFC 9112: Host is ignored")
        #expect(try client.exchange("GET http://OTHER.example HTTP/1.1\r\nHost: b\r\n\r\n").text == "other")
    }

    @Test func emptyLinesBeforeARequestAreSkipped() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        #expect(try client.exchange("\r\n" + RawRequest.get("/1")).status == 200)
        #expect(try client.exchange("\r\n" + RawRequest.get("/2")).status == 200)
    }

    @Test func connectionCloseIsHonoured() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        for field in [
            "Connection: close", "Connection: CLOSE", "Connection: x, close", "Connection: keep-alive, close",
        ] {
            let client = try server.connect()
            #expect(try client.get("/", field)["Connection"] == "close")
            #expect(client.isEnded(within: 5))
        }
    }

    @Test func aLastAnswerArrivesWholeHoweverLargeItIsAndWhateverTheClientStillSends() throws {
        let site = try Site.echo()
        try site.write("large.bin", [UInt8](repeating: 65, count: 3 << 20))
        let server = try WeirProcess(site, Site.php())
        for rest in ["", "\r\n", RawRequest.get("/2")] {
            let client = try server.connect()
            try client.send(RawRequest.get("/large.bin", ["Connection: close"]) + rest)
            usleep(50_000)
            #expect(try client.readAnswer().body.count == 3 << 20)
            #expect(client.isEnded(within: 5))
        }
    }

    @Test func nothingIsAnsweredAfterConnectionClose() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        try client.send(RawRequest.get("/1", ["Connection: close"]) + RawRequest.get("/2"))
        #expect(try client.readAnswer().status == 200)
        #expect(try client.readToEnd().isEmpty)
    }

    @Test func aClientThatLeavesIsLoggedAs499() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        try client.send(RawRequest.get("/?sleep=0.5", ["X-Request-Id: leaver"]))
        usleep(100_000)
        client.close()
        #expect(try server.logLine(id: "leaver")["status"] as? Int == 499)
        #expect(try server.get("/").status == 200)
    }

    @Test func everyAnswerIsDatedAndNamed() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for path in ["/", "/health"] {
            let answer = try server.get(path)
            let date = try #require(format.date(from: answer.all("Date").joined()))
            #expect(abs(date.timeIntervalSinceNow) < 2.5)
            #expect(answer.all("Server") == ["Weir"])
        }
        // Also after a pause in which nothing happened.
        usleep(2_200_000)
        let date = try #require(format.date(from: try server.get("/")["Date"] ?? ""))
        #expect(abs(date.timeIntervalSinceNow) < 2.5)
    }
}

extension RawClient {
    /// The raw bytes up to the last chunk's end.
    fileprivate func readToEndOfChunks() throws -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8) { bytes += try read(1) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

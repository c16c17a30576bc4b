import Foundation
import Testing
import WeirTestSupport

@Suite("The access log")
struct AccessLogTests {
    @Test func aLineSaysAllThatIsKnownOfARequest() throws {
        let server = try WeirProcess(
            Site.echo(),
            Site.php(
                "trusted_proxies: [127.0.0.1]\nlanes: {bulk: {concurrency: 1}}\n"
                    + "routes: [{path: /bulk/*, app: web, lane: bulk}]"))
        _ = try server.get(
            "/bulk/x?sleep=0.2&q=1", "X-Request-Id: one", "X-Forwarded-For: 203.0.113.7", "User-Agent: test/1")
        let line = try server.logLine(id: "one")
        #expect(line["address"] as? String == "203.0.113.7")
        #expect(line["method"] as? String == "GET")
        #expect(line["path"] as? String == "/bulk/x?sleep=0.2&q=1")
        #expect(line["status"] as? Int == 200)
        #expect(line["app"] as? String == "web")
        #expect(line["lane"] as? String == "bulk")
        #expect((line["bytes"] as? Int ?? 0) > 300)
        #expect((line["worker"] as? Int ?? 0) > 1)
        #expect((0.2..<2).contains(line["total"] as? Double ?? 0))
        #expect((0.2..<2).contains(line["worker_time"] as? Double ?? 0))
        #expect((0..<1).contains(line["queue_wait"] as? Double ?? -1))
        let time = ISO8601DateFormatter()
        time.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let date = try #require(time.date(from: line["time"] as? String ?? ""))
        #expect(abs(date.timeIntervalSinceNow) < 10)
    }

    @Test func waitingAndWorkingAreToldApart() throws {
        let server = try WeirProcess(Site.echo(), Site.php(pool: "{manager: static, max_workers: 1}"))
        #expect(try server.get("/").status == 200)
        let clients = try (0..<2).map { _ in try server.connect() }
        for (number, client) in clients.enumerated() {
            try client.send(RawRequest.get("/?sleep=0.5", ["X-Request-Id: r\(number)"]))
            usleep(50_000)
        }
        for client in clients { #expect(try client.readAnswer().status == 200) }
        let (first, second) = (try server.logLine(id: "r0"), try server.logLine(id: "r1"))
        #expect((first["queue_wait"] as? Double ?? 1) < 0.1)
        #expect((0.3..<0.8).contains(second["queue_wait"] as? Double ?? 0))
        #expect((0.4..<0.9).contains(second["worker_time"] as? Double ?? 0))
        #expect((0.8..<1.6).contains(second["total"] as? Double ?? 0))
    }

    @Test func everyRequestHasExactlyOneLine() throws {
        let site = try Site.echo()
        try site.write("a.txt", "a")
        let server = try WeirProcess(site, Site.php("routes: [{path: /moved, redirect: /x}]"))
        let client = try server.connect()
        let paths = ["/", "/a.txt", "/moved", "/health", "/none/../../x", "/x%zz"]
        for path in paths.dropLast(2) { _ = try client.get(path) }
        #expect(try server.get(paths[4]).status == 400)
        #expect(try server.get(paths[5]).status == 400)
        try server.connect().send("nonsense\r\n\r\n")
        eventually { server.accessLines.count == paths.count + 1 }
        #expect(server.stop() == 0)
        // A line is written after its answer: those of several connections may change places.
        let statuses = try server.accessLog().compactMap { $0["status"] as? Int }.sorted()
        #expect(statuses == [200, 200, 200, 302, 400, 400, 400])
    }

    private let nasty: [[UInt8]] = [
        Array("/\"}{\"status\":200".utf8), Array("/\\".utf8), Array("/a\"b'c".utf8), Array("/%0a{\"status\":1}".utf8),
        [0x2f, 0x80, 0xff], [0x2f, 0xc3, 0x28], Array("/\u{2028}".utf8), [0x2f, 0x1b, 0x5b, 0x32, 0x4a], [0x2f, 0x7f],
        [0x2f, 0x00], [0x2f, 0x0b],
    ]

    @Test func nothingThatIsSentForgesALine() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        for bytes in nasty {
            let requests: [[UInt8]] = [
                Array("GET ".utf8) + bytes + Array(" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8),
                Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: ".utf8) + bytes
                    + Array("\r\nUser-Agent: ".utf8) + bytes + Array("\r\nReferer: ".utf8) + bytes
                    + Array("\r\n\r\n".utf8),
                bytes.dropFirst() + Array(" / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8),
            ]
            for request in requests {
                let client = try server.connect()
                try client.send(request)
                #expect((200..<500).contains(try client.readAnswer().status))
            }
        }
        eventually { server.accessLines.count == nasty.count * 3 }
        #expect(try server.accessLog().count == nasty.count * 3)
        #expect(server.standardOutput.utf8.allSatisfy { $0 == 10 || (0x20..<0x7f).contains($0) })
    }

    @Test func theCombinedFormatIsWhatItsReadersExpect() throws {
        let site = try Site.echo()
        try site.write("a.txt", "hello")
        let server = try WeirProcess(site, Site.php("access_log: combined"))
        let client = try server.connect()
        _ = try client.get("/a.txt?x=1", "User-Agent: a \"quoted\" \\agent", "Referer: http://from.example/")
        _ = try client.exchange("GET /a.txt HTTP/1.0\r\n\r\n")
        eventually { server.accessLines.count == 2 }
        let first = #/127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] (.*)/#
        let lines = try server.accessLines.map { try #require(try first.wholeMatch(in: $0)).1 }
        #expect(
            lines == [
                #""GET /a.txt?x=1 HTTP/1.1" 200 5 "http://from.example/" "a \"quoted\" \\agent""#,
                #""GET /a.txt HTTP/1.0" 200 5 "-" "-""#,
            ])
    }

    @Test func combinedLinesCannotBeForgedEither() throws {
        let server = try WeirProcess(Site.echo(), Site.php("access_log: combined"))
        for bytes in nasty {
            let client = try server.connect()
            try client.send(
                Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: ".utf8) + bytes
                    + Array("\r\n\r\n".utf8))
            _ = try client.readAnswer()
        }
        eventually { server.accessLines.count == nasty.count }
        #expect(server.standardOutput.utf8.allSatisfy { $0 == 10 || (0x20..<0x7f).contains($0) })
    }

    @Test func aLogFileIsAppendedTo() throws {
        let site = try Site.echo()
        try site.makeDirectory("log", mode: 0o777)
        for round in 1...2 {
            let server = try WeirProcess(site, Site.php("access_log: {path: log/access.log}"))
            #expect(try server.get("/").status == 200)
            #expect(server.stop() == 0)
            let text = try String(contentsOfFile: site("log/access.log"), encoding: .utf8)
            #expect(text.split(separator: "\n").count == round)
            #expect(server.standardOutput.isEmpty)
        }
    }

    @Test func itCanBeSwitchedOff() throws {
        let server = try WeirProcess(Site.echo(), Site.php("access_log: \"off\""))
        #expect(try server.get("/").status == 200)
        #expect(server.stop() == 0)
        #expect(server.standardOutput.isEmpty)
    }
}

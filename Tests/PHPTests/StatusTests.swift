import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("php-fpm's status page")
    struct StatusTests {
        private static let forms = ["", "json", "xml", "html", "openmetrics"]

        private func server() throws -> PHPServer {
            try PHPServer(workers: 2, health: "{status: /status, fpm_status: /fpm-status}")
        }

        // MARK: The same as php-fpm's

        @Test(
            .installed("/usr/sbin/php-fpm8.2", package: "php8.2-fpm"),
            .installed("/usr/bin/cgi-fcgi", package: "libfcgi-bin"), arguments: forms, ["", "full"])
        func hasPHPFPMsFieldsInItsOrder(form: String, full: String) throws {
            let query = [full, form].filter { !$0.isEmpty }.joined(separator: "&")
            let fpm = try ExternalServerTests.FPM(children: 2)
            let theirs = try Self.ask(fpm, query)
            let server = try server()
            try server.waitUntilIdle(2)
            let ours = try server.get("/fpm-status?\(query)")
            #expect(ours.status == 200)
            #expect(ours["Content-Type"]?.lowercased() == theirs.contentType.lowercased())
            let (own, foreign) = (try Self.names(ours.text, form), try Self.names(theirs.body, form))
            #expect(own == foreign)
            #expect(own.count >= (form == "openmetrics" ? 12 : 14 + (full.isEmpty ? 0 : 13)))
        }

        /// php-fpm's own answer, without a web server between.
        private static func ask(
            _ fpm: ExternalServerTests.FPM, _ query: String
        ) throws -> (contentType: String, body: String) {
            let command = try Command(
                ["cgi-fcgi", "-bind", "-connect", String(fpm.address.dropFirst("unix:".count))],
                environment: [
                    "SCRIPT_NAME": "/fpm-own-status", "SCRIPT_FILENAME": "/fpm-own-status", "REQUEST_METHOD": "GET",
                    "QUERY_STRING": query, "REQUEST_URI": "/fpm-own-status?\(query)",
                ])
            _ = try command.finish(within: 10)
            let parts = command.output.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
            let type = parts.first?.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-type:") }
            return try (
                #require(type).dropFirst("Content-type: ".count).trimmingCharacters(in: .whitespaces),
                #require(parts.count == 2 ? parts[1] : nil)
            )
        }

        /// What a reader of that form looks for, in order, each with the kind of its value.
        private static func names(_ page: String, _ form: String) throws -> [String] {
            switch form {
            case "json":
                _ = try #require(try JSONSerialization.jsonObject(with: Data(page.utf8)) as? [String: Any])
                return page.matches(of: #/"([a-z ]+)":("|\[|[0-9]+\.[0-9]+|[0-9])/#).map { match in
                    "\(match.1) \(match.2.contains(".") ? "share" : match.2.first == "\"" || match.2 == "[" ? match.2 : "0")"
                }
            case "xml": return page.matches(of: #/<(/?[?!]?[a-z-]+)/#).map { String($0.1) }
            case "html":
                return page.matches(of: #/<(t[rhd]|/t[rhd]|/?table)[ >]([a-z ]*)/#).map { "\($0.1) \($0.2)" }
                    .filter { !$0.hasPrefix("td") }
            case "openmetrics":
                return page.matches(of: #/# TYPE (.*)/#).map { String($0.1) } + [page.hasSuffix("# EOF\n") ? "end" : ""]
            default:
                // The name, the blanks behind it, and what the value looks like.
                return page.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                    guard let match = line.firstMatch(of: #/^([A-Za-z ]+: +)(.*)$/#) else { return String(line) }
                    return match.1 + (match.2.wholeMatch(of: #/[0-9]+/#) != nil ? "0" : "\(match.2.contains("/20"))")
                }.map { $0.hasPrefix("request URI") ? "request URI" : $0.hasPrefix("script") ? "script" : $0 }
            }
        }

        // MARK: What it says

        @Test func aWorkerIsShownWithTheRequestItHas() throws {
            let server = try server()
            try server.waitUntilIdle(2)
            let busy = try server.begin("/sleep.php?ms=1500&x=%22%3C&y=\"<")
            try eventually { try server.app().active == 1 }
            _ = holds(within: 0.05) { false }
            let status = try server.get("/status?full&json").object()
            #expect(status["pool"] as? String == "app" && status["process manager"] as? String == "static")
            #expect(status["active processes"] as? Int == 1 && status["idle processes"] as? Int == 1)
            #expect(status["total processes"] as? Int == 2 && status["accepted conn"] as? Int == 1)
            #expect(status["max active processes"] as? Int == 1 && status["listen queue len"] as? Int == 500)
            let processes = try #require(status["processes"] as? [[String: Any]])
            #expect(processes.map { $0["state"] as? String }.sorted { $0 ?? "" < $1 ?? "" } == ["Idle", "Running"])
            let running = try #require(processes.first { $0["state"] as? String == "Running" })
            let pid = try #require(running["pid"] as? Int)
            #expect(try server.pool().workers.first { $0.state == "busy" }?.pid == Int32(pid))
            #expect((40_000..<1_600_000).contains(running["request duration"] as? Int ?? 0))
            #expect(running["request method"] as? String == "GET")
            #expect(running["request uri"] as? String == "/sleep.php?ms=1500&x=%22%3C&y=\"<")
            #expect(running["script"] as? String == "/sleep.php")
            #expect(running["requests"] as? Int == 1)
            #expect((0...60).contains(running["start since"] as? Int ?? -1))
            #expect(abs(Double(running["start time"] as? Int ?? 0) - Date().timeIntervalSince1970) < 90)
            let idle = try #require(processes.first { $0["state"] as? String == "Idle" })
            #expect(idle["request uri"] as? String == "-" && idle["request duration"] as? Int == 0)
            let xml = try server.get("/fpm-status?full&xml").text
            #expect(xml.contains("<request-uri>/sleep.php?ms=1500&amp;x=%22%3C&amp;y=&quot;&lt;</request-uri>"))
            #expect(try busy.readAnswer().status == 200)
        }

        @Test func aLongTargetIsCut() throws {
            let server = try server()
            try server.waitUntilIdle(2)
            let busy = try server.begin("/sleep.php?ms=700&" + String(repeating: "x", count: 4_000))
            try eventually { try server.app().active == 1 }
            let processes = try server.get("/status?full&json").object()["processes"] as? [[String: Any]]
            let longest = processes?.compactMap { ($0["request uri"] as? String)?.utf8.count }.max()
            #expect(longest == 256)
            #expect(try busy.readAnswer().status == 200)
        }

        @Test func weirsOwnStatusIsWhatNobodyAskedPHPFPMFor() throws {
            let server = try server()
            #expect(try server.get("/status").object()["apps"] != nil)
            #expect(try server.get("/status?x=json").object()["apps"] != nil)
            for query in ["text", "full", "json", "json=1"] {
                #expect(try server.get("/status?\(query)").text.contains("listen queue len"), "\(query)")
            }
            #expect(try server.get("/fpm-status").text.hasPrefix("pool:                 app\n"))
        }

        @Test func anAppIsChosenByName() throws {
            let server = try PHPServer(
                workers: 1, health: "{status: /status, fpm_status: /fpm-status}",
                apps: "  other: {runtime: fastcgi, root: \(PHPServer.site), address: \"127.0.0.1:1\"}\n")
            #expect(try server.get("/fpm-status?json&pool=other").object()["pool"] as? String == "other")
            #expect(try server.get("/fpm-status?json&pool=app").object()["pool"] as? String == "app")
            let missing = try server.get("/fpm-status?json&pool=nobody")
            #expect(missing.status == 404 && missing.text == "There is no app of that name. There are: app, other\n")
        }

        @Test(.installed("/usr/sbin/php-fpm8.2", package: "php8.2-fpm"))
        func ofAnExternalServerRequestsAreShown() throws {
            let fpm = try ExternalServerTests.FPM(children: 2)
            let weir = try WeirProcess(
                try TemporaryDirectory(),
                """
                health: {fpm_status: /fpm-status}
                apps: {app: {runtime: fastcgi, address: "\(fpm.address)", root: \(PHPServer.site), pool: {max_workers: 2}}}
                """)
            let busy = try weir.connect()
            try busy.send(RawRequest.get("/sleep.php?ms=1000"))
            var processes: [[String: Any]] = []
            try eventually("it runs") {
                processes = try weir.get("/fpm-status?full&json").object()["processes"] as? [[String: Any]] ?? []
                return processes.count == 1
            }
            #expect(processes.first?["request uri"] as? String == "/sleep.php?ms=1000")
            #expect(processes.first?["pid"] as? Int == 0)
            #expect(try busy.readAnswer().status == 200)
        }
    }
}

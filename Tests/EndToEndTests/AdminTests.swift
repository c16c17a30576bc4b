import Foundation
import Testing
import WeirTestSupport

@Suite("The admin listener")
struct AdminTests {
    private func object(_ answer: RawAnswer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    private func list(_ answer: RawAnswer) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [[String: Any]])
    }

    private func post(_ client: RawClient, _ path: String, _ fields: String...) throws -> RawAnswer {
        try client.exchange(RawRequest.post(path, "", fields))
    }

    /// A server whose socket is in the site, and a connection to it.
    private func start(_ yaml: String = "", mode: String = "") throws -> (WeirProcess, RawClient, String) {
        let site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        let path = site("run/admin.sock")
        let server = try WeirProcess(site, Site.php("admin: {listen: \"unix:run/admin.sock\"\(mode)}\n\(yaml)"))
        let client = try RawClient(unix: path)
        client.owner = server
        try #require(eventually("ready") { try client.get("/ready").status == 200 })
        return (server, client, path)
    }

    @Test func itListsAppsWorkersAndRequests() throws {
        let (server, client, _) = try start()
        let app = try #require(list(client.get("/apps")).first)
        #expect(
            app["name"] as? String == "web" && app["available"] as? Bool == true && app["draining"] as? Bool == false)
        try eventually("two workers") {
            try list(client.get("/workers")).filter { $0["state"] as? String == "idle" }.count == 2
        }
        let busy = try server.connect()
        try busy.send(RawRequest.get("/slow?sleep=3"))
        try eventually("it is listed") { try list(client.get("/requests")).count == 1 }
        let request = try #require(list(client.get("/requests")).first)
        #expect(request["path"] as? String == "/slow?sleep=3" && request["app"] as? String == "web")
        let worker = try #require(list(client.get("/workers?app=web")).first { $0["state"] as? String == "busy" })
        #expect(worker["pid"] as? Int == request["pid"] as? Int)
        #expect((worker["request"] as? [String: Any])?["id"] as? String == request["id"] as? String)
        #expect((worker["age_seconds"] as? Double ?? -1) >= 0)
        #expect(try client.get("/workers?app=nix").status == 404)
        #expect(try client.get("/requests?app=nix").status == 404)
        #expect(try busy.readAnswer().status == 200)
    }

    @Test func recyclingReplacesWorkersWithoutLosingARequest() throws {
        let (server, client, _) = try start()
        func pids() throws -> Set<Int> {
            Set(
                try list(client.get("/workers")).filter { $0["state"] as? String != "leaving" }.compactMap {
                    $0["pid"] as? Int
                })
        }
        try eventually("two workers") { try pids().count == 2 }
        let before = try pids()
        let busy = try server.connect()
        try busy.send(RawRequest.get("/?sleep=0.7"))
        let answer = try post(client, "/apps/web/recycle")
        #expect(answer.status == 202)
        #expect((try object(answer)["recycling"] as? [Any])?.count == 2)
        #expect(try busy.readAnswer().status == 200)
        try eventually("two others") { try pids().count == 2 && pids().isDisjoint(with: before) }

        let one = try #require(try pids().min())
        #expect(try post(client, "/workers/web/pid:\(one)/recycle").status == 202)
        try eventually("that one has gone") { try !pids().contains(one) && pids().count == 2 }
        #expect(try post(client, "/workers/web/pid:1/recycle").status == 404)
        #expect(try post(client, "/workers/web/99/recycle").status == 404)
        #expect(try post(client, "/workers/web/x/recycle").status == 404)
        #expect(try post(client, "/apps/nix/recycle").status == 404)
        #expect(try server.get("/").status == 200)
    }

    @Test func drainingTurnsReadinessOffAndLosesNothing() throws {
        let (server, client, _) = try start()
        let kept = try server.connect()
        #expect(try kept.get("/")["Connection"] == nil)
        let answer = try object(post(client, "/drain"))
        #expect(answer["draining"] as? Bool == true)
        let ready = try server.get("/ready")
        #expect(ready.status == 503 && ready.text == "draining\n")
        #expect(try server.get("/health").status == 200)
        let last = try kept.get("/")
        #expect(last.status == 200 && last["Connection"] == "close")
        #expect(kept.isEnded(within: 5))

        #expect(try object(post(client, "/drain?off"))["draining"] as? Bool == false)
        #expect(try server.get("/ready").status == 200)
        #expect(try object(post(client, "/drain?app=web"))["apps"] as? [String] == ["web"])
        #expect(try server.get("/ready").text == "web: draining\n")
        #expect(try server.connect().get("/")["Connection"] == "close")
        #expect(try server.connect().get("/health")["Connection"] == nil)
        #expect(try post(client, "/drain?app=nix").status == 404)
        #expect(try post(client, "/drain?app=web&off").status == 200)
        #expect(try server.get("/ready").status == 200)
    }

    @Test func commandsNeedPostAndAreNotTakenFromBrowsers() throws {
        let (server, client, _) = try start()
        for path in ["/drain", "/reload", "/stop", "/log/reopen", "/apps/web/recycle", "/workers/web/0/recycle"] {
            let answer = try client.get(path)
            #expect(answer.status == 405 && answer["Allow"] == "POST", "\(path)")
            let fromPage = try post(client, path, "Origin: http://evil.example")
            #expect(fromPage.status == 403, "\(path)")
        }
        #expect(try post(client, "/apps").status == 405)
        #expect(try server.get("/ready").status == 200)
        eventually("it is in the log") { server.standardError.contains("admin.refused") }
    }

    @Test func reloadSaysWhatBecameOfIt() throws {
        let site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        let yaml = Site.php("admin: \"unix:run/admin.sock\"")
        let server = try WeirProcess(site, yaml)
        let client = try RawClient(unix: site("run/admin.sock"))
        let done = try post(client, "/reload")
        #expect(try done.status == 200 && object(done)["result"] as? String == "done")
        #expect(try object(done)["generation"] as? Int == 2)
        // Not 'listen', which the command line says otherwise: what it replaces is not read.
        try site.write("weir.yaml", yaml + "\nlog_level: nonsense\n")
        let refused = try post(client, "/reload")
        #expect(refused.status == 422)
        #expect((try object(refused)["problems"] as? [String])?.contains { $0.contains("log_level") } == true)
        #expect(try object(refused)["generation"] as? Int == 2)
        #expect(try post(client, "/log/reopen").status == 200)
        #expect(try server.get("/").status == 200)
    }

    @Test func stopEndsTheServerGracefully() throws {
        let (server, client, _) = try start()
        #expect(try post(client, "/stop").status == 202)
        #expect(server.waitForExit(within: 15) == 0)
    }

    @Test func theSocketIsForItsUserAlone() throws {
        let (server, _, path) = try start()
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        let (another, _, shared) = try start(mode: ", mode: \"0660\"")
        #expect(stat(shared, &facts) == 0 && facts.st_mode & 0o777 == 0o660)
        #expect(server.isRunning && another.isRunning)
    }

    @Test func overTCPATokenIsNeeded() throws {
        let site = try Site.echo()
        let server = try WeirProcess(
            site, Site.php("admin: {listen: \"127.0.0.1:0\", token: correct-horse-battery}\nlog_level: info"))
        let line = try #require(
            server.standardError.split(separator: "\n").first {
                $0.contains("admin.listening") && $0.contains("127.0.0.1:")
            })
        let port = try #require(Int(line.split(separator: ":").last?.prefix { $0.isNumber } ?? ""))
        let client = try RawClient(port: port)
        #expect(try client.get("/health").status == 200)
        #expect([200, 503].contains(try client.get("/ready").status))
        for path in ["/status", "/metrics", "/apps", "/workers"] {
            let refused = try client.get(path)
            #expect(refused.status == 401 && refused["WWW-Authenticate"] == "Bearer realm=\"weir\"", "\(path)")
        }
        for field in [
            "Bearer wrong-horse", "Bearer correct-horse-batter", "Bearer correct-horse-batteryy",
            "Basic correct-horse-battery", "Bearer",
        ] {
            #expect(try client.get("/apps", "Authorization: \(field)").status == 401, "\(field)")
        }
        #expect(try post(client, "/stop").status == 401)
        #expect(try client.get("/apps", "Authorization: Bearer correct-horse-battery").status == 200)
        #expect(try client.get("/apps", "authorization: bearer correct-horse-battery").status == 200)
        // The log is complete once the server has ended.
        #expect(server.stop() == 0)
        let lines = server.standardError.split(separator: "\n").filter { $0.contains("admin.refused") }
        #expect(lines.count == 1, "once in a while, not once a request")
        #expect(!server.standardError.contains("correct") && !server.standardError.contains("wrong-"))
    }

    @Test func aTokenMayBeInAFile() throws {
        let site = try Site.echo()
        try site.write("token", "from-a-file\n")
        try site.makeDirectory("run", mode: 0o777)
        let server = try WeirProcess(site, Site.php("admin: {listen: \"127.0.0.1:0\", token_file: token}"))
        #expect(server.isRunning)
        try site.write("token", "two words\n")
        #expect(throws: TestFailure.self) {
            _ = try WeirProcess(site, Site.php("admin: {listen: \"127.0.0.1:0\", token_file: token}"))
        }
    }

    /// What the next server does with the socket of one that was killed, and that nobody else is disturbed.
    @Test func theAutomaticSocketComesAndGoes() throws {
        let site = try Site.echo()
        let runtime = try site.makeDirectory("runtime", mode: 0o700)
        var options = WeirProcess.Options()
        options.environment = ["XDG_RUNTIME_DIR": runtime]
        let directory = geteuid() == 0 ? "/run/weir" : runtime + "/weir"
        let killed = try WeirProcess(site, Site.php(), options: options)
        let stale = "\(directory)/\(killed.pid).sock"
        #expect(try RawClient(unix: stale).get("/health").status == 200)
        killed.signal(SIGKILL)
        #expect(killed.waitForExit(within: 10) == 128 + SIGKILL)
        #expect(access(stale, F_OK) == 0)
        let next = try WeirProcess(site, Site.php(), options: options)
        let socket = "\(directory)/\(next.pid).sock"
        #expect(access(stale, F_OK) != 0)
        #expect(try RawClient(unix: socket).get("/apps").status == 200)
        #expect(next.stop() == 0)
        #expect(access(socket, F_OK) != 0)
    }

    @Test func offMeansNoSocket() throws {
        let server = try WeirProcess(Site.echo(), Site.php("admin: off"))
        #expect(!server.standardError.contains("admin."))
    }
}

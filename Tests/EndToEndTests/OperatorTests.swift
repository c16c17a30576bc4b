import Foundation
import Testing
import WeirTestSupport

@Suite("What operators and load balancers ask")
struct OperatorTests {
    private func object(_ answer: RawAnswer) throws -> [String: Any] {
        #expect(answer["Content-Type"] == "application/json")
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    @Test func healthAndReadinessAreAnswered() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        let health = try client.get("/health")
        #expect(health.status == 200 && health.text == "ok\n")
        #expect(health["Cache-Control"] == "no-store")
        eventually("ready") { (try? client.get("/ready").status) == 200 }
        #expect(try client.get("/status").echoed()["uri"] as? String == "/status", "not for strangers")
    }

    @Test func pagesSayWhichMethodsTheyKnow() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        let head = try client.exchange("HEAD /health HTTP/1.1\r\nHost: test\r\n\r\n")
        #expect(head.status == 200 && head["Content-Length"] == "3")
        let post = try client.exchange(RawRequest.post("/health", "x"))
        #expect(post.status == 405 && post["Allow"] == "GET, HEAD")
        #expect(try client.get("/health?verbose=1").status == 200)
        let long = try client.exchange(RawRequest.post("/health", String(repeating: "x", count: 65_537)))
        #expect(long.status == 413)
    }

    @Test func readinessWaitsForWorkersAndHealthDoesNot() throws {
        let site = try Site.echo()
        let server = try WeirProcess(
            site, "apps: {web: {runtime: php, root: ., php: {ini: {opcache.preload: /nowhere/preload.php}}}}")
        let client = try server.connect()
        #expect(try client.get("/health").status == 200)
        let ready = try client.get("/ready")
        #expect(ready.status == 503)
        #expect(ready.text == "web: no worker\n")
        let answer = try client.get("/")
        #expect(answer.status == 503)
        #expect(answer["Retry-After"] != nil)
        #expect(server.stop() == 0)
    }

    @Test func anExternalServerThatIsNotThereIsToldAtOnce() throws {
        let server = try WeirProcess(
            try TemporaryDirectory(),
            """
            apps: {web: {runtime: fastcgi, root: ., entry: index.php, address: "127.0.0.1:1", timeouts: {connect: 300ms}}}
            """)
        let client = try server.connect()
        eventually("it is tried") { server.standardError.contains("upstream.down") }
        for _ in 0..<20 {
            let answer = try client.get("/")
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
        }
        let ready = try client.get("/ready")
        #expect(ready.status == 503 && ready.text == "web: its server takes no connections\n")
        #expect(try client.get("/health").status == 200)
    }

    @Test func pathsAreChosenOrSwitchedOff() throws {
        let server = try WeirProcess(
            Site.echo(), Site.php("health: {health: /up, ready: \"off\", status: /weir/status}"))
        let client = try server.connect()
        #expect(try client.get("/up").text == "ok\n")
        #expect(try client.get("/health").echoed()["uri"] as? String == "/health")
        #expect(try client.get("/ready").echoed()["uri"] as? String == "/ready")
        #expect(try object(client.get("/weir/status"))["apps"] != nil)
    }

    @Test func statusSaysWhatTheServerDoes() throws {
        let server = try WeirProcess(
            Site.echo(), Site.php("health: {status: /status}", pool: "{manager: static, max_workers: 2}"))
        let busy = try server.connect()
        for _ in 0..<3 { #expect(try busy.get("/").status == 200) }
        eventually("two workers") { (try? self.pool(of: server)["idle"] as? Int) == 2 }
        try busy.send(RawRequest.get("/?sleep=1.5"))
        eventually("one is busy") { (try? self.pool(of: server)["active"] as? Int) == 1 }

        // The questions so far had connections of their own, which take a moment to be gone.
        eventually("two connections") {
            ((try? self.object(server.get("/status")))?["connections"] as? [String: Any])?["open"] as? Int == 2
        }
        let report = try object(server.get("/status"))
        #expect((report["uptime_seconds"] as? Double ?? 0) > 0)
        let connections = try #require(report["connections"] as? [String: Any])
        #expect(connections["refused"] as? Int == 0)
        let app = try #require((report["apps"] as? [[String: Any]])?.first)
        #expect(app["name"] as? String == "web")
        #expect(app["runtime"] as? String == "php")
        #expect(app["accepted"] as? Int == 4)
        #expect(app["completed"] as? Int == 3)
        #expect(app["active"] as? Int == 1)
        #expect(app["idle"] as? Int == 1)
        // An answer may be there a moment before its worker says that it is through.
        #expect((1...2).contains(app["max_active_reached"] as? Int ?? 0))
        #expect((app["mean_service_seconds"] as? Double ?? 0) > 0)
        let queue = try #require(app["queue"] as? [String: Any])
        #expect(queue["length"] as? Int == 0)
        #expect(queue["max_reached"] is Int)
        #expect(queue["longest_wait_seconds"] is Double)
        #expect((queue["shed"] as? [String: Int])?.values.allSatisfy { $0 == 0 } == true)
        let pool = try #require(app["pool"] as? [String: Any])
        #expect(pool["available"] as? Bool == true)
        #expect(pool["target"] as? Int == 2)
        for key in ["starting", "leaving", "died", "killed"] { #expect(pool[key] as? Int == 0, "\(key)") }
        #expect(pool["started"] as? Int == 2)
        let workers = try #require(pool["workers"] as? [[String: Any]])
        #expect(workers.count == 2)
        for worker in workers {
            #expect(kill(pid_t(worker["pid"] as? Int ?? 0), 0) == 0)
            #expect(worker["state"] is String)
        }
        #expect(workers.compactMap { $0["requests"] as? Int }.reduce(0, +) >= 3)
        eventually("its memory is measured") {
            let workers = (try? self.pool(of: server)["workers"] as? [[String: Any]]) ?? []
            return workers.contains { ($0["memory"] as? Int ?? 0) > 100_000 }
        }
        #expect(try busy.readAnswer().status == 200)
    }

    private func pool(of server: WeirProcess) throws -> [String: Any] {
        let apps = try object(server.get("/status"))["apps"] as? [[String: Any]]
        return try #require(apps?.first?["pool"] as? [String: Any])
    }

    @Test func theAdminSocketHasThemAllAndNothingElse() throws {
        let site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        let server = try WeirProcess(site, Site.php("admin: unix:run/admin.sock"))
        let client = try RawClient(unix: site("run/admin.sock"))
        #expect(try client.get("/health").text == "ok\n")
        eventually("ready") { (try? client.get("/ready").status) == 200 }
        #expect(try object(client.get("/status"))["apps"] != nil)
        #expect(try client.get("/").status == 404)
        #expect(try client.get("/index.php").status == 404)
        #expect(server.stop() == 0)
    }

    @Test func aUnixSocketServesLikeAPort() throws {
        let site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        var options = WeirProcess.Options()
        options.listen = nil
        for _ in 0..<2 {
            // The second time over the socket that the first left.
            let server = try WeirProcess(
                site, Site.php("listen: [unix:run/weir.sock, \"127.0.0.1:0\"]"), options: options)
            let client = try RawClient(unix: site("run/weir.sock"))
            let echo = try client.get("/x").echoed()
            #expect(echo["uri"] as? String == "/x")
            #expect(server.stop() == 0)
        }
    }

    @Test func aTakenPortIsSaidAndEndsTheStart() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let other = try TemporaryDirectory()
        // Another kind of listener than ours: ours would share the port.
        let taken = try RawListener()
        do {
            var options = WeirProcess.Options()
            options.listen = "127.0.0.1:\(taken.port)"
            _ = try WeirProcess(other, "routes: [{path: /*, static: .}]", options: options)
            Issue.record("it started")
        } catch let failure as TestFailure {
            #expect(failure.description.contains("cannot listen on 127.0.0.1:\(taken.port): Address already in use"))
        }
        #expect(server.isRunning)
    }
}

/// A socket that only listens.
private final class RawListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let failed = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) != 0 || listen(descriptor, 1) != 0 || getsockname(descriptor, $0, &size) != 0
            }
        }
        guard !failed else { throw TestFailure("listen: \(lastError())") }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}

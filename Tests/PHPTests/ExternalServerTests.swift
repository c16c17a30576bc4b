import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    /// `runtime: fastcgi`: a php-fpm that somebody else runs.
    @Suite("An external php-fpm", .installed("/usr/sbin/php-fpm8.2", package: "php8.2-fpm"))
    struct ExternalServerTests {
        /// php-fpm on a unix socket or a port of its own.
        final class FPM {
            let directory: TemporaryDirectory
            let address: String
            private(set) var process: Command?

            init(tcp: Bool = false, children: Int = 8) throws {
                directory = try TemporaryDirectory()
                chmod(directory.path, 0o777)
                let socket = directory("fpm.sock")
                let port = try Self.freePort()
                address = tcp ? "127.0.0.1:\(port)" : "unix:\(socket)"
                let user = getuid() == 0 ? "user = www-data\ngroup = www-data\nlisten.owner = www-data\n" : ""
                try directory.write(
                    "fpm.conf",
                    """
                    [global]
                    daemonize = no
                    error_log = \(directory("fpm.log"))
                    [app]
                    listen = \(tcp ? "127.0.0.1:\(port)" : socket)
                    \(user)pm = static
                    pm.max_children = \(children)
                    pm.status_path = /fpm-own-status
                    catch_workers_output = yes
                    php_admin_value[output_buffering] = 0

                    """)
                try start()
            }

            func start() throws {
                process = try Command(["/usr/sbin/php-fpm8.2", "--nodaemonize", "--fpm-config", directory("fpm.conf")])
                eventually("php-fpm is up") {
                    let log = (try? String(contentsOfFile: directory("fpm.log"), encoding: .utf8)) ?? ""
                    return log.components(separatedBy: "ready to handle connections").count > starts
                }
                starts += 1
            }
            private var starts = 1

            func stop() throws { try process?.end() }

            private static func freePort() throws -> Int {
                let command = try Command([
                    "python3", "-c",
                    "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])",
                ])
                _ = try command.finish(within: 10)
                return try #require(Int(command.output.trimmingCharacters(in: .whitespacesAndNewlines)))
            }
        }

        private func server(_ fpm: FPM, workers: Int = 4, _ rest: String = "") throws -> WeirProcess {
            try WeirProcess(
                try TemporaryDirectory(),
                """
                health: {status: /status}
                apps:
                  app:
                    runtime: fastcgi
                    address: \(fpm.address)
                    root: \(PHPServer.site)
                    entry: index.php
                    pool: {max_workers: \(workers)}
                    \(rest)
                """)
        }

        @Test(arguments: [false, true])
        func isServed(tcp: Bool) throws {
            let fpm = try FPM(tcp: tcp)
            let weir = try server(fpm)
            let client = try weir.connect()
            #expect(try client.get("/nowhere?x=1")["X-Entry"] == "index.php")
            #expect(try client.exchange(RawRequest.post("/body.php", "abc")).object()["bytes"] as? Int == 3)
            let large = String(repeating: "x", count: 1_000_000)
            #expect(try client.exchange(RawRequest.post("/body.php", large)).object()["bytes"] as? Int == 1_000_000)
            #expect(try client.get("/stream.php?pieces=3&pause=5").body.count == 33)
            #expect(try client.get("/files/note.txt").text == "hello text\n")
            #expect(try client.get("/fail.php?how=exception").status == 500)
            #expect(weir.stop() == 0)
        }

        @Test func neverHasMoreRequestsThanWorkers() throws {
            let fpm = try FPM(children: 8)
            let weir = try server(fpm, workers: 2)
            let clients = try (0..<8).map { _ in try weir.connect() }
            let start = Clock.now
            for client in clients { try client.send(RawRequest.get("/sleep.php?ms=150")) }
            for client in clients { #expect(try client.readAnswer().status == 200) }
            // Two at a time, whatever php-fpm could do.
            #expect(Clock.now - start > 0.55)
            let status = try weir.get("/status").object()
            let app = try #require((status["apps"] as? [[String: Any]])?.first)
            #expect(app["max_active_reached"] as? Int == 2)
        }

        @Test(arguments: [false, true])
        func whileItIsDownRequestsFailAndThenTheyDoNot(tcp: Bool) throws {
            let fpm = try FPM(tcp: tcp)
            let weir = try server(fpm)
            #expect(try weir.get("/count.php").status == 200)
            try fpm.stop()
            // Whoever finds out, by a connection that is refused or is closed at once.
            #expect([502, 503].contains(try weir.get("/count.php").status))
            for _ in 0..<6 {
                let start = Clock.now
                let answer = try weir.get("/count.php")
                #expect(answer.status == 503 && answer["Retry-After"] != nil)
                #expect(Clock.now - start < 1)
            }
            #expect(try weir.get("/ready").text == "app: its server takes no connections\n")
            #expect(try weir.get("/ready").status == 503 && weir.get("/health").status == 200)
            #expect(try weir.get("/files/note.txt").status == 200)
            try fpm.start()
            try eventually("it is noticed") { try weir.get("/ready").status == 200 }
            for _ in 0..<6 { #expect(try weir.get("/count.php").status == 200) }
            for event in ["upstream.not_connected", "upstream.down", "upstream.up"] {
                eventually("\(event) is logged") { weir.standardError.contains(event) }
            }
        }

        @Test func aLostProcessesRequestMayRunAgain() throws {
            let fpm = try FPM()
            let weir = try server(fpm, "retry: idempotent")
            let scratch = try TemporaryDirectory()
            chmod(scratch.path, 0o777)
            let runs = { try String(contentsOfFile: scratch($0), encoding: .utf8).split(separator: "\n").count }
            let answer = try weir.get("/dies.php?deaths=1&log=\(scratch("get"))")
            #expect(answer.status == 200, "\(answer.text) \(weir.standardError)")
            #expect(try runs("get") == 2)
            // The answer is out before it is counted.
            try eventually("one of the two runs is completed") { try weir.status().apps[0].completed > 0 }
            #expect(try weir.status().apps[0].completed == 1, "the one that was lost is not")
            let post = RawRequest.post("/dies.php?deaths=1&log=\(scratch("post"))", "abc")
            #expect(try weir.connect().exchange(post).status == 502)
            #expect(try runs("post") == 1)
        }

        @Test func whatWaitsWhenItGoesDownIsToldAtOnce() throws {
            let fpm = try FPM(children: 1)
            let weir = try server(fpm, workers: 1)
            let busy = try weir.connect()
            try busy.send(RawRequest.get("/sleep.php?ms=20000"))
            eventually("it runs") {
                ((try? weir.get("/status").object())?["apps"] as? [[String: Any]])?.first?["active"] as? Int == 1
            }
            let waiting = try (0..<3).map { _ in try weir.connect() }
            for client in waiting { try client.send(RawRequest.get("/count.php")) }
            try fpm.stop()
            for client in waiting { #expect([502, 503].contains(try client.readAnswer().status)) }
            #expect(try busy.readAnswer().status >= 500)
        }

        @Test func aClientThatLeavesFreesIts() throws {
            let fpm = try FPM(children: 1)
            let weir = try server(fpm, workers: 1)
            let scratch = try TemporaryDirectory()
            chmod(scratch.path, 0o777)
            let client = try weir.connect()
            try client.send(RawRequest.get("/stream.php?pieces=200&pause=50&log=\(scratch("log"))"))
            _ = try client.read(100)
            client.close()
            // php-fpm notices at its next write that the connection is closed, and takes the next request.
            let start = Clock.now
            #expect(try weir.get("/count.php").status == 200)
            #expect(Clock.now - start < 3)
            let log = try String(contentsOfFile: scratch("log"), encoding: .utf8)
            #expect(log.contains("ended aborted=1"))
        }

        @Test func aRequestThatTakesTooLongIs504() throws {
            let fpm = try FPM()
            let weir = try server(fpm, workers: 2, "timeouts: {request: 500ms}")
            let start = Clock.now
            #expect(try weir.get("/sleep.php?ms=3000").status == 504)
            #expect(Clock.now - start < 1.5)
            #expect(try weir.get("/count.php").status == 200)
        }
    }
}

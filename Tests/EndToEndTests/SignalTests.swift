import Foundation
import Testing
import WeirTestSupport

@Suite("Signals and the end")
struct SignalTests {
    /// Processes of a server, which must all be gone after it.
    private func expectGone(_ processes: [pid_t]) {
        eventually("the server's processes are gone") { processes.allSatisfy { !isAlive($0) } }
    }

    private func isAlive(_ pid: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalFinishesWhatIsInFlight(_ signal: Int32) throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let clients = try (0..<4).map { _ in try server.connect() }
        #expect(try clients[0].get("/").status == 200)
        eventually(within: 10, "a fork server and two workers") { WeirProcess.descendants(of: server.pid).count >= 3 }
        let processes = WeirProcess.descendants(of: server.pid)
        // Two run, two wait in the queue.
        for client in clients { try client.send(RawRequest.get("/?sleep=0.7")) }
        usleep(200_000)
        server.signal(signal)
        for client in clients {
            let answer = try client.readAnswer()
            #expect(answer.status == 200)
            #expect(answer["Connection"] == "close")
            #expect(client.isEnded(within: 5))
        }
        #expect(server.waitForExit(within: 10) == 0)
        expectGone(processes)
        #expect(try server.accessLog().count == 5, "every line was written")
    }

    @Test func newConnectionsAreRefusedWhileItStops() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        try client.send(RawRequest.get("/?sleep=1.5"))
        usleep(200_000)
        server.signal(SIGTERM)
        eventually(within: 1, "the port is closed") { (try? server.connect()) == nil }
        #expect(server.isRunning)
        #expect(try client.readAnswer().status == 200)
        #expect(server.waitForExit(within: 10) == 0)
    }

    @Test func idleConnectionsAreClosedAtOnce() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let idle = try (0..<10).map { _ in try server.connect() }
        for client in idle.dropLast() { #expect(try client.get("/").status == 200) }
        server.signal(SIGTERM)
        for client in idle { #expect(client.isEnded(within: 2)) }
        #expect(server.waitForExit(within: 3) == 0)
    }

    @Test func anUploadUnderWayIsFinished() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        usleep(200_000)
        server.signal(SIGTERM)
        usleep(600_000)
        try client.send("def")
        let answer = try client.readAnswer()
        #expect(try answer.echoed()["length"] as? Int == 6)
        #expect(answer["Connection"] == "close")
        #expect(server.waitForExit(within: 10) == 0)
    }

    @Test func aSlowReaderGetsItsAnswerWhole() throws {
        let site = try TemporaryDirectory()
        try site.write("index.php", "<?php for ($i = 0; $i < 320; $i++) echo str_repeat('x', 65536);")
        try site.write("large.bin", [UInt8](repeating: 120, count: 20 << 20))
        let server = try WeirProcess(site, Site.php())
        let sizes = (20...90).map { $0 * 65_536 }
        let tails = try sizes.map { _ in try server.connect(receiveBuffer: 4_096) }
        for (client, size) in zip(tails, sizes) {
            try client.send(RawRequest.get("/large.bin", ["Range: bytes=0-\(size - 1)"]))
        }
        let clients = try (0..<2).map { _ in try server.connect(receiveBuffer: 16_384, patience: 30) }
        for (client, path) in zip(clients, ["/", "/large.bin"]) { try client.send(RawRequest.get(path)) }
        for client in clients + tails { #expect(client.hasInput(within: 10)) }
        server.signal(SIGTERM)
        usleep(800_000)
        for client in clients { #expect(try client.readAnswer().body.count == 20 << 20) }
        for (client, size) in zip(tails, sizes) { #expect((try? client.readAnswer().body.count) == size) }
        #expect(server.waitForExit(within: 10) == 0)
    }

    @Test func pipelinedRequestsAfterTheStopAreNotHalfAnswered() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        try client.send((0..<3).map { RawRequest.get("/\($0)?sleep=0.4") }.joined())
        usleep(150_000)
        server.signal(SIGTERM)
        var answers = 0
        while let answer = try? client.readAnswer() {
            #expect(answer.status == 200)
            answers += 1
            if answer["Connection"] == "close" { break }
        }
        #expect((1...2).contains(answers))
        #expect(client.isEnded(within: 5))
        #expect(server.waitForExit(within: 10) == 0)
    }

    @Test func whatTakesLongerThanGracefulIsEnded() throws {
        let server = try WeirProcess(Site.echo(), Site.php("timeouts: {graceful: 1s}"))
        let client = try server.connect()
        #expect(try client.get("/").status == 200)
        let processes = WeirProcess.descendants(of: server.pid)
        try client.send(RawRequest.get("/?sleep=30"))
        usleep(200_000)
        let started = Clock.now
        server.signal(SIGTERM)
        #expect(client.isEnded(within: 5))
        #expect(server.waitForExit(within: 8) == 0)
        #expect(Clock.now - started < 6)
        expectGone(processes)
    }

    @Test func aSecondSignalEndsItAtOnce() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        #expect(try client.get("/").status == 200)
        let processes = WeirProcess.descendants(of: server.pid)
        try client.send(RawRequest.get("/?sleep=20"))
        usleep(200_000)
        server.signal(SIGTERM)
        usleep(300_000)
        #expect(server.isRunning)
        let started = Clock.now
        server.signal(SIGINT)
        #expect(server.waitForExit(within: 5) == 1)
        #expect(Clock.now - started < 2)
        expectGone(processes)
    }

    @Test func processesOfAKilledServerEndToo() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        #expect(try server.get("/").status == 200)
        let processes = WeirProcess.descendants(of: server.pid)
        server.signal(SIGKILL)
        #expect(server.waitForExit(within: 5) == 128 + SIGKILL)
        expectGone(processes)
    }

    @Test func orphansOfScriptsAreReaped() throws {
        let site = try TemporaryDirectory()
        try site.write("index.php", "<?php echo trim(shell_exec('sh -c \"sleep 0.5 & echo \\$!\" < /dev/null'));")
        let server = try WeirProcess(site, Site.php())
        let pid = try #require(pid_t(try server.get("/?").text))
        eventually("nothing is left of it, not even a zombie") { kill(pid, 0) != 0 }
        #expect(WeirProcess.descendants(of: server.pid).allSatisfy(isAlive))
        #expect(server.stop() == 0)
    }

    @Test(.enabled(if: getuid() == 0, "a PID namespace takes root"))
    func asProcessOneItReapsAndStops() throws {
        let site = try Site.echo()
        try site.write(
            "orphan.php",
            "<?php for ($i = 0; $i < 20; $i++) shell_exec('sh -c \"sleep 0.3 >/dev/null 2>&1 &\" </dev/null'); echo 'done';"
        )
        var options = WeirProcess.Options()
        options.wrapper = ["unshare", "--pid", "--fork", "--mount-proc"]
        let server = try WeirProcess(site, Site.php(), options: options)
        #expect(try server.get("/orphan.php").text == "done")
        let inner = try #require(WeirProcess.descendants(of: server.pid).first)
        let status = try String(contentsOfFile: "/proc/\(inner)/status", encoding: .utf8)
        #expect(status.contains("NSpid:\t\(inner)\t1\n"), "it is process 1")
        let own = 3
        eventually("all orphans are reaped") { WeirProcess.descendants(of: inner).count <= own }
        #expect(WeirProcess.descendants(of: inner).allSatisfy(isAlive))
        #expect(try server.get("/").status == 200)
        kill(inner, SIGTERM)
        #expect(server.waitForExit(within: 10) == 0)
    }
}

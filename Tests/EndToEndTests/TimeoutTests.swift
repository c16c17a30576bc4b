import Foundation
import Testing
import WeirTestSupport

@Suite("Timeouts")
struct TimeoutTests {
    private func server(_ timeouts: String) throws -> WeirProcess {
        try WeirProcess(Site.echo(), Site.php("timeouts: {\(timeouts)}"))
    }

    private func timed<R>(_ body: () throws -> R) rethrows -> (R, Double) {
        let started = Clock.now
        let result = try body()
        return (result, Clock.now - started)
    }

    @Test func aHeadThatDoesNotEndGets408() throws {
        let server = try server("header: 1s")
        let client = try server.connect()
        try client.send("GET / HTTP/1.1\r\nHo")
        let (answer, time) = try timed { try client.readAnswer() }
        #expect(answer.status == 408)
        #expect(answer["Connection"] == "close")
        #expect(time > 0.7 && time < 3)
        #expect(client.isEnded(within: 5))
        // The log's line of it is about a head that is not kept.
        #expect(server.stop() == 0)
    }

    @Test func aHeadThatTricklesGets408() throws {
        let server = try server("header: 1s")
        let client = try server.connect()
        let started = Clock.now
        while Clock.now - started < 5, !client.hasInput(within: 0.1) { try client.send("A") }
        #expect(try client.readAnswer().status == 408)
        #expect(Clock.now - started < 3)
    }

    @Test func aConnectionThatSaysNothingIsClosed() throws {
        let server = try server("header: 1s")
        let client = try server.connect()
        let (ended, time) = timed { client.isEnded(within: 5) }
        #expect(ended && time > 0.7)
        #expect(client.buffered.isEmpty)
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() throws {
        let server = try server("keep_alive: 1s, header: 20s")
        let client = try server.connect()
        #expect(try client.get("/").status == 200)
        let (ended, time) = timed { client.isEnded(within: 5) }
        #expect(ended && time > 0.7)
        #expect(client.buffered.isEmpty)
    }

    @Test func aSecondHeadHasItsOwnTime() throws {
        let server = try server("keep_alive: 1s, header: 3s")
        let client = try server.connect()
        #expect(try client.get("/").status == 200)
        try client.send("GET /2 HTTP/1.1\r\n")
        #expect(!client.hasInput(within: 2), "a request that has begun is not an idle connection")
        #expect(try client.exchange("Host: a\r\n\r\n").status == 200)
    }

    @Test func aBodyThatFallsSilentGets408() throws {
        let server = try server("body: 1s")
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        let (answer, time) = try timed { try client.readAnswer() }
        #expect(answer.status == 408)
        #expect(time > 0.7 && time < 3)
        #expect(client.isEnded(within: 5))
    }

    @Test func aBodySlowerThanTheMinimumRateGets408() throws {
        let server = try server("body: 1s, body_minimum_rate: 1000")
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        let started = Clock.now
        while Clock.now - started < 6, !client.hasInput(within: 0.1) { try client.send("abc") }
        #expect(try client.readAnswer().status == 408)
        let time = Clock.now - started
        #expect(time > 0.7 && time < 4)
    }

    @Test func aSlowBodyAboveTheMinimumRateIsTaken() throws {
        let server = try server("body: 1s, body_minimum_rate: 20, header: 1s, keep_alive: 1s")
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n")
        for _ in 0..<30 {
            try client.send("0123456789")
            usleep(100_000)
        }
        #expect(try client.readAnswer().echoed()["length"] as? Int == 300)
    }

    @Test func aSlowAppIsNotAnIdleConnection() throws {
        let server = try server("header: 1s, keep_alive: 1s, body: 1s, write: 1s")
        #expect(try server.connect().get("/?sleep=3").status == 200)
    }

    private func largeSite() throws -> TemporaryDirectory {
        let site = try TemporaryDirectory()
        try site.write("large.bin", [UInt8](repeating: 65, count: 16 << 20))
        try site.write("large.php", "<?php for ($i = 0; $i < 256; $i++) echo str_repeat('x', 65536);")
        return site
    }

    @Test(arguments: ["/large.bin", "/large.php"])
    func aReaderThatTakesNothingIsLetGo(_ path: String) throws {
        let server = try WeirProcess(largeSite(), Site.php("timeouts: {write: 1s}\nhealth: {status: /status}"))
        let client = try server.connect(receiveBuffer: 4_096)
        try client.send(RawRequest.get(path))
        #expect(client.hasInput(within: 5))
        try eventually("the connection is given up") { try server.openConnections() == 1 }
        #expect(try client.readToEnd(allowsReset: true).count < 16 << 20)
    }

    @Test(arguments: ["/large.bin", "/large.php"])
    func aReaderThatTakesALittleIsNot(_ path: String) throws {
        let server = try WeirProcess(
            largeSite(), Site.php("timeouts: {write: 1s, keep_alive: 1s, header: 1s}"))
        let client = try server.connect(receiveBuffer: 65_536)
        try client.send(RawRequest.get(path, ["Connection: close"]))
        var received = 0
        let started = Clock.now
        // Slow for longer than any of the timeouts, then fast.
        while !client.hasEnded {
            received += try client.receiveSome(limit: 262_144).count
            usleep(Clock.now - started < 4 ? 50_000 : 200)
        }
        #expect(received > 16 << 20)
    }

    @Test func theTailOfAnAnswerIsNotIdleTime() throws {
        let server = try WeirProcess(largeSite(), Site.php("timeouts: {keep_alive: 1s}"))
        // Somewhere among these sizes the answer is with the server's channel, and not with the kernel.
        let sizes = (1...96).map { $0 * 65_536 }
        let clients = try sizes.map { size in
            let client = try server.connect(receiveBuffer: 4_096)
            try client.send(RawRequest.get("/large.bin", ["Range: bytes=0-\(size - 1)"]))
            return client
        }
        usleep(2_500_000)
        for (client, size) in zip(clients, sizes) { #expect((try? client.readAnswer().body.count) == size) }
    }
}

extension WeirProcess {
    /// Connections that `/status` counts, its own included.
    func openConnections() throws -> Int? {
        let report = try JSONSerialization.jsonObject(with: Data(get("/status").body)) as? [String: Any]
        return (report?["connections"] as? [String: Any])?["open"] as? Int
    }
}

import Testing
import WeirTestSupport

@testable import WeirRuntimes

/// Connections that become another protocol's.
@Suite struct UpstreamTunnelTests {
    private static let request = RawRequest.get("/", ["Connection: Upgrade", "Upgrade: echo"])
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"

    private func tunnel(_ weir: ProxiedServer, early: String = "", late: String = "") throws -> (RawClient, RawClient) {
        let client = try weir.client()
        try client.send(Self.request + early)
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send(Self.switching + late)
        #expect(try client.readAnswer(toHead: true).status == 101)
        return (client, upstream)
    }

    @Test("bytes go both ways, those sent with the heads too")
    func bothWays() throws {
        let weir = try ProxiedServer()
        let (client, upstream) = try tunnel(weir, early: "early", late: "late")
        #expect(try client.read(4) == Array("late".utf8))
        #expect(try upstream.read(5) == Array("early".utf8))
        for size in [1, 100_000] {
            let bytes = [UInt8](repeating: 9, count: size)
            try client.send(bytes)
            #expect(try upstream.read(size) == bytes)
            try upstream.send(bytes)
            #expect(try client.read(size) == bytes)
        }
    }

    @Test("a tunnel is counted, but holds no place")
    func holdsNoPlace() throws {
        let weir = try ProxiedServer { $0.places = 1 }
        let (client, upstream) = try tunnel(weir)
        #expect(eventually { weir.processes[0].tunnels == 1 })
        let other = try weir.client()
        try other.send(RawRequest.get("/"))
        let second = try weir.server.accept()
        _ = try second.readHead()
        try second.send("HTTP/1.1 204 N\r\n\r\n")
        #expect(try other.readAnswer().status == 204)
        client.close()
        #expect(upstream.isEnded(within: 5))
        upstream.close()
        #expect(eventually { weir.processes[0].tunnels == 0 })
    }

    @Test("either side may end first, and hears the other one out")
    func halfClosed() throws {
        let weir = try ProxiedServer()
        var (client, upstream) = try tunnel(weir)
        try client.send("last")
        client.finishSending()
        #expect(try upstream.readToEnd() == Array("last".utf8))
        try upstream.send("answer")
        upstream.close()
        #expect(try client.readToEnd() == Array("answer".utf8))

        (client, upstream) = try tunnel(weir)
        try upstream.send("last")
        upstream.finishSending()
        #expect(try client.readToEnd() == Array("last".utf8))
        try client.send("answer")
        client.finishSending()
        #expect(try upstream.readToEnd() == Array("answer".utf8))
        #expect(eventually { weir.processes[0].tunnels == 0 })
    }

    @Test("a client that is gone ends the tunnel with what is sent to it first")
    func clientGone() throws {
        let weir = try ProxiedServer()
        let (client, upstream) = try tunnel(weir)
        client.close()
        #expect(upstream.isEnded(within: 5))
        try upstream.send("to nobody")
        #expect(eventually { weir.processes[0].tunnels == 0 })
    }

    @Test("a tunnel that one side has ended is closed after timeouts.idle of the other one's silence, not upgrade_idle")
    func halfClosedAndSilent() throws {
        let weir = try ProxiedServer { $0.timeouts.idle = .milliseconds(600) }
        for clientEnds in [true, false] {
            let (client, upstream) = try tunnel(weir)
            let (first, other) = clientEnds ? (client, upstream) : (upstream, client)
            first.finishSending()
            #expect(try other.readToEnd().isEmpty)
            for _ in 0..<8 {
                try other.send("a")
                #expect(!first.isEnded(within: 0.1))
            }
            #expect(weir.processes[0].tunnels == 1)
            #expect(try first.readToEnd() == Array("aaaaaaaa".utf8))
            #expect(eventually { weir.processes[0].tunnels == 0 })
        }
    }

    @Test("a process's tunnels can be ended, and it is idle only then")
    func ended() throws {
        let weir = try ProxiedServer()
        let (client, upstream) = try tunnel(weir)
        weir.processes[0].retire()
        #expect(!client.isEnded(within: 0.3) && !weir.outcomes.list.contains("idle"))
        weir.processes[0].closeTunnels()
        #expect(client.isEnded(within: 5) && upstream.isEnded(within: 5))
        #expect(eventually { weir.outcomes.list.contains("idle") })
    }

    @Test("who asked for an upgrade may get an answer instead, and the connection is kept")
    func declined() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        try client.send(Self.request)
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno")
        #expect(try client.readAnswer().text == "no")
        try client.send(RawRequest.get("/"))
        _ = try upstream.readHead()
    }

    @Test("a 426 says to what, on the client's connection too; another answer's Upgrade is for Weir only")
    func upgradeRequired() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        try client.send(RawRequest.get("/"))
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send(
            "HTTP/1.1 426 Upgrade Required\r\nUpgrade: a/1\r\nConnection: upgrade\r\nUpgrade: b\r\n"
                + "Content-Length: 2\r\n\r\nno")
        let required = try client.readAnswer()
        #expect(required.status == 426 && required.all("Upgrade") == ["a/1", "b"] && required.text == "no")
        #expect(required.all("Connection") == ["upgrade"])
        try client.send(RawRequest.get("/"))
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 200 OK\r\nUpgrade: a/1\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nok")
        let offered = try client.readAnswer()
        #expect(offered.text == "ok" && offered["Upgrade"] == nil && offered["Connection"] == nil)
    }

    @Test("another protocol than the one asked for is a 502")
    func anotherProtocol() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        try client.send(Self.request)
        let upstream = try weir.server.accept()
        _ = try upstream.readHead()
        try upstream.send("HTTP/1.1 101 S\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n")
        #expect(try client.readAnswer().status == 502)
        #expect(weir.log.has("upstream.malformed", "did not ask for it"))
    }

    @Test("a receiver that does not take holds the sender back, either way")
    func heldBack() throws {
        let weir = try ProxiedServer()
        let (client, upstream) = try tunnel(weir)
        for (sender, receiver) in [(client, upstream), (upstream, client)] {
            let count = 64 << 20
            let sent = try sender.sendUntilHeld(count, [UInt8](repeating: 7, count: 262_144))
            #expect(sent < count, "not all of it fits in between")
            var got = 0
            while got < sent, receiver.hasInput(within: 5) { got += try receiver.receiveSome(limit: 262_144).count }
            #expect(got == sent)
        }
    }
}

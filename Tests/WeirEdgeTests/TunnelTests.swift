import Foundation
import NIOCore
import Testing
import WeirConfig
import WeirCore
import WeirEdge
import WeirTestSupport

@Suite struct TunnelTests {
    private static let fields = "Host: test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    private static let request = "GET /socket HTTP/1.1\r\n\(fields)Sec-WebSocket-Key: abc\r\n\r\n"
    private static let head = """
        HTTP/1.1 101 Switching Protocols
        Connection: Upgrade
        Upgrade: WebSocket
        Sec-WebSocket-Accept: xyz


        """

    /// Whose program upgrades every request that may be, and refuses others.
    private static func upgrading(echoes: Bool = false, idle: Nanoseconds? = nil) throws -> EdgeServer {
        var timeouts = AppTimeouts()
        if let idle { timeouts.upgradeIdle = idle }
        return try EdgeServer(timeouts: timeouts) { exchange, worker in
            worker.state.withLock { $0.echoes = echoes }
            if exchange.wantsUpgrade, exchange.upgrade(head, to: worker) { return worker.note("upgraded") }
            exchange.start("HTTP/1.1 426 Upgrade Required\nContent-Length: 0\n\n")
            exchange.end()
        }
    }

    private static func open(_ server: EdgeServer, receiveBuffer: Int32? = nil) throws -> (RawClient, TestWorker) {
        let client = try server.connect(receiveBuffer: receiveBuffer)
        try client.send(request)
        _ = try client.readHead()
        return (client, try server.program.worker())
    }

    private static func send(_ text: String, by worker: TestWorker) throws {
        try worker.act { $0.tunnel?.send(ByteBuffer(string: text)) }
    }

    // MARK: Opening

    @Test("an upgrade is answered with 101, and bytes go both ways from then on")
    func bothWays() throws {
        let server = try Self.upgrading(echoes: true)
        let client = try server.connect()
        try client.send(Self.request)
        let head = try client.readHead()
        #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        for line in ["Connection: upgrade\r\n", "Upgrade: WebSocket\r\n", "Sec-WebSocket-Accept: xyz\r\n"] {
            #expect(head.contains(line))
        }
        #expect(!head.contains("Content-Length") && !head.contains("Transfer-Encoding"))
        for word in ["ping", "GET / HTTP/1.1\r\n\r\n", "pong"] {
            try client.send(word)
            #expect(try client.read(word.utf8.count) == Array(word.utf8))
        }
    }

    @Test("what the client sends right behind its request reaches the tunnel")
    func earlyBytes() throws {
        let server = try Self.upgrading(echoes: true)
        let client = try server.connect()
        try client.send(Self.request + "early")
        _ = try client.readHead()
        #expect(try client.read(5) == Array("early".utf8))
    }

    @Test("also when the program takes its time")
    func earlyBytesOfALateUpgrade() throws {
        let server = try EdgeServer { _, _ in }
        let client = try server.connect()
        try client.send(Self.request + "early")
        let worker = try server.program.worker()
        usleep(100_000)
        try client.send(" and late")
        usleep(100_000)
        #expect(try worker.act { $0.upgrade(Self.head, to: worker) })
        #expect(worker.text == "early and late")
        try client.send(" and later")
        #expect(worker.hasReceived("early and late and later"))
    }

    @Test(
        "what is no upgrade is a plain request",
        arguments: [
            "GET /socket HTTP/1.0\r\n\(fields)\r\n",
            "POST /socket HTTP/1.1\r\n\(fields)Content-Length: 2\r\n\r\nab",
            "GET /socket HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n\r\n",
            "GET /socket HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\n\r\n",
            "GET /socket HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: websocket, foo\r\n\r\n",
            "GET /socket HTTP/1.1\r\n\(fields)Upgrade: foo\r\n\r\n",
            "GET /socket HTTP/1.1\r\nHost: test\r\nConnection: upgrade, http2-settings\r\nUpgrade: h2c\r\n\r\n",
            "GET /script HTTP/1.1\r\n\(fields)\r\n",
        ])
    func plainRequests(request: String) throws {
        let server = try Self.upgrading()
        #expect(try server.connect().exchange(request).status == 426)
        #expect(try server.program.worker().events == [])
    }

    @Test("a program that changes to what was not asked for has not answered")
    func anotherProtocol() throws {
        let server = try EdgeServer { exchange, worker in
            let head = Self.head.replacing("WebSocket", with: "gopher")
            guard !exchange.upgrade(head, to: worker) else { return }
            exchange.fail(.malformed)
        }
        let client = try server.connect()
        #expect(try client.exchange(Self.request).status == 502)
    }

    // MARK: Speed

    @Test("a client that does not read pauses the program")
    func slowClient() throws {
        let server = try Self.upgrading()
        let (client, worker) = try Self.open(server, receiveBuffer: 4_096)
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000)
        var sent = 0
        while sent < 400, !worker.events.contains("tunnel paused") {
            try worker.act { $0.tunnel?.send(piece) }
            sent += 1
        }
        #expect(sent < 400 && !worker.events.contains("tunnel resumed"))
        #expect(try client.read(sent * 100_000).count == sent * 100_000)
        #expect(worker.has("tunnel resumed"))
        #expect(worker.events.filter { $0.hasPrefix("tunnel") } == ["tunnel paused", "tunnel resumed"])
    }

    @Test("a program that does not take more stops the client")
    func slowProgram() throws {
        let server = try Self.upgrading()
        let (client, worker) = try Self.open(server)
        try worker.act { $0.tunnel?.pause() }
        let sent = try client.sendWhatIsTaken(largeBytes)
        #expect(sent < largeBytes.count && worker.bytes.count <= 1 << 20)
        try worker.act { $0.tunnel?.resume() }
        try client.send(Array(largeBytes[sent...]))
        #expect(holds(within: 10) { worker.bytes.count == largeBytes.count })
        #expect(worker.bytes == largeBytes)
    }

    // MARK: Ending

    @Test("a client that sends nothing more still receives")
    func clientHalfCloses() throws {
        let server = try Self.upgrading()
        let (client, worker) = try Self.open(server)
        try client.send("last words")
        client.finishSending()
        #expect(worker.has("tunnel ended") && worker.text == "last words")
        try Self.send("reply", by: worker)
        #expect(try client.read(5) == Array("reply".utf8))
        try worker.act { $0.end() }
        #expect(client.isEnded(within: 1))
        #expect(worker.events == ["upgraded", "tunnel ended"])
    }

    @Test("a program that sends nothing more still receives")
    func programHalfCloses() throws {
        let server = try Self.upgrading()
        let (client, worker) = try Self.open(server)
        try worker.act { exchange in
            exchange.tunnel?.send(ByteBuffer(string: "last words"))
            exchange.tunnel?.finish()
        }
        #expect(try client.readToEnd() == Array("last words".utf8))
        try client.send("reply")
        #expect(worker.hasReceived("reply"))
        client.finishSending()
        #expect(worker.has("abandoned") && worker.events == ["upgraded", "tunnel ended", "abandoned"])
    }

    @Test("what was sent before the program's end arrives")
    func programEnds() throws {
        let server = try Self.upgrading()
        let (client, worker) = try Self.open(server)
        let count = 3_000_000
        try worker.act { exchange in
            exchange.tunnel?.send(ByteBuffer(repeating: 1, count: count))
            exchange.end()
        }
        #expect(try client.readToEnd().count == count)
    }

    @Test("a client that leaves is told once")
    func clientLeaves() throws {
        let server = try Self.upgrading()
        let (client, worker) = try Self.open(server)
        client.reset()
        #expect(worker.has("abandoned"))
        #expect(worker.events == ["upgraded", "tunnel ended", "abandoned"])
    }

    @Test("a program that breaks off takes the client along, and the line in the log stays a 101")
    func programBreaks() throws {
        let server = try Self.upgrading()
        let (client, worker) = try Self.open(server)
        try worker.act { $0.fail(.workerLost) }
        #expect(client.isEnded(within: 5))
        #expect(try server.accessLog(1).map { $0.contains("\"status\":101") } == [true])
    }

    @Test("without a byte either way for upgrade_idle, the tunnel is closed")
    func idle() throws {
        let server = try Self.upgrading(idle: .milliseconds(600))
        let (client, worker) = try Self.open(server)
        for _ in 0..<8 {
            try client.send("a")
            usleep(100_000)
        }
        for _ in 0..<8 {
            try Self.send("b", by: worker)
            usleep(100_000)
        }
        #expect(worker.text == "aaaaaaaa" && client.isEnded(within: 5) && worker.has("abandoned"))
        #expect(worker.events == ["upgraded", "tunnel ended", "abandoned"])
    }

    @Test("a server that stops lets tunnels live until it closes all that is left")
    func draining() throws {
        let server = try Self.upgrading(echoes: true)
        let (client, worker) = try Self.open(server)
        try server.onLoop { server.loop.drain() }
        usleep(400_000)
        try client.send("still here")
        #expect(try client.read(10) == Array("still here".utf8))
        try server.onLoop { server.loop.closeAll() }
        #expect(client.isEnded(within: 5) && worker.has("abandoned"))
    }

    @Test("tunnels to one application can be counted and closed, and no others")
    func closedByApplication() throws {
        let (server, other) = (try Self.upgrading(echoes: true), try Self.upgrading())
        let (client, worker) = try Self.open(server)
        let (loop, gone, neither) = (server.loop, server.program, other.program)
        #expect(try server.onLoop { [loop.tunnelCount(to: gone), loop.tunnelCount(to: neither)] } == [1, 0])
        try server.onLoop { loop.closeTunnels(to: neither) }
        try client.send("still here")
        #expect(try client.read(10) == Array("still here".utf8))
        try server.onLoop { loop.closeTunnels(to: gone) }
        #expect(client.isEnded(within: 5) && worker.has("abandoned"))
        #expect(try server.onLoop { loop.tunnelCount(to: gone) } == 0)
    }

    // MARK: Counting

    @Test("a tunnel is counted while it is open, and logged when it ends: its status, bytes and time")
    func countedAndLogged() throws {
        let server = try Self.upgrading(echoes: true)
        let (client, worker) = try Self.open(server)
        try client.send("12345678")
        #expect(try client.read(8).count == 8)
        #expect(server.metrics.tunnels == 1)
        usleep(300_000)
        #expect(server.metrics.lanes(of: "web")[0].totals.statuses.isEmpty)
        client.close()
        #expect(worker.has("tunnel ended"))
        try worker.act { $0.end() }
        let lines = try server.accessLog(1)
        #expect(lines.map { $0.contains("\"status\":101,\"bytes\":8,\"total\":0.") } == [true])
        #expect(server.metrics.tunnels == 0)
        let totals = server.metrics.lanes(of: "web")[0].totals
        #expect(totals.statuses.map(\.status) == ["101"] && totals.total.count == 0)
    }
}

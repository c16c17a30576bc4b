import Foundation
import Testing
import WeirTestSupport

@Suite("Limits")
struct LimitTests {
    private let limits = """
        limits: {request_line: 512, header_bytes: 2KiB, header_count: 10, body: 10KB, requests_per_connection: 3}
        """

    private func refused(_ request: String, as status: Int) throws {
        let server = try WeirProcess(Site.echo(), Site.php(limits))
        let client = try server.connect()
        try client.send(request)
        let answer = try client.readAnswer()
        #expect(answer.status == status)
        #expect(answer["Connection"] == "close")
        #expect(client.isEnded(within: 5))
        #expect(try server.get("/").status == 200, "the server goes on")
    }

    @Test func aRequestLineBeyondItsLimitGets414() throws {
        try refused("GET /\(String(repeating: "a", count: 600)) HTTP/1.1\r\nHost: a\r\n\r\n", as: 414)
    }

    @Test func anEndlessRequestLineGets414() throws {
        try refused("GET /\(String(repeating: "a", count: 600))", as: 414)
    }

    @Test func tooManyBytesOfHeadGet431() throws {
        try refused(RawRequest.get("/", ["A: \(String(repeating: "a", count: 2_048))"]), as: 431)
    }

    @Test func tooManyFieldsGet431() throws {
        try refused(RawRequest.get("/", (0..<10).map { "A\($0): a" }), as: 431)
    }

    @Test func aLengthBeyondTheBodyLimitGets413BeforeTheBodyIsSent() throws {
        try refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10001\r\n\r\n", as: 413)
    }

    @Test func chunksBeyondTheBodyLimitGet413() throws {
        let chunk = "1388\r\n\(String(repeating: "a", count: 5_000))\r\n"
        try refused(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)\(chunk)0\r\n\r\n", as: 413
        )
    }

    @Test func bodiesOfExactlyTheLimitAreTaken() throws {
        let server = try WeirProcess(Site.echo(), Site.php(limits))
        let body = String(repeating: "a", count: 10_000)
        let client = try server.connect()
        #expect(try client.exchange(RawRequest.post("/", body)).echoed()["length"] as? Int == 10_000)
        let chunk = "1388\r\n\(String(repeating: "a", count: 5_000))\r\n"
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)\(chunk)0\r\n\r\n"
        #expect(try client.exchange(chunked).echoed()["length"] as? Int == 10_000)
    }

    @Test func theLastRequestOfAConnectionIsToldSo() throws {
        let server = try WeirProcess(Site.echo(), Site.php(limits))
        let client = try server.connect()
        #expect(try client.get("/1")["Connection"] == nil)
        #expect(try client.get("/2")["Connection"] == nil)
        #expect(try client.get("/3")["Connection"] == "close")
        #expect(client.isEnded(within: 5))
    }

    @Test func connectionsBeyondTheLimitGet503AndRoomIsFoundAgain() throws {
        let server = try WeirProcess(Site.echo(), Site.php("limits: {connections: 3}"))
        let clients = try (0..<3).map { _ in try server.connect() }
        for client in clients { #expect(try client.get("/").status == 200) }
        let refused = try server.connect()
        let answer = try refused.get("/")
        #expect(answer.status == 503)
        #expect(answer["Retry-After"] != nil)
        #expect(answer["Connection"] == "close")
        #expect(refused.isEnded(within: 5))
        #expect(try clients[0].get("/").status == 200, "those who were there are served on")
        clients[1].close()
        eventually("a new connection is taken") { (try? server.get("/").status) == 200 }
    }

    @Test func oneAddressCannotTakeAllConnections() throws {
        let server = try WeirProcess(Site.echo(), Site.php("limits: {connections_per_address: 2}"))
        let clients = try (0..<2).map { _ in try RawClient(port: server.port, from: "127.0.0.2") }
        for client in clients { #expect(try client.get("/").status == 200) }
        #expect(try RawClient(port: server.port, from: "127.0.0.2").get("/").status == 503)
        #expect(try RawClient(port: server.port, from: "127.0.0.3").get("/").status == 200)
        clients[0].close()
        eventually("the address gets a new connection") {
            (try? RawClient(port: server.port, from: "127.0.0.2").get("/").status) == 200
        }
    }

    @Test func clientsOfAUnixSocketAreNotOneAddress() throws {
        let site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        var options = WeirProcess.Options()
        options.listen = nil
        let yaml = "listen: unix:run/weir.sock\nlimits: {connections_per_address: 1}"
        let server = try WeirProcess(site, Site.php(yaml), options: options)
        let clients = try (0..<3).map { _ in try RawClient(unix: site("run/weir.sock")) }
        for client in clients { #expect(try client.get("/").status == 200) }
        #expect(server.isRunning)
    }

    @Test func pipeliningWithoutReadingDoesNotFillTheServersMemory() throws {
        let site = try TemporaryDirectory()
        try site.write("a.txt", String(repeating: "a", count: 4_000))
        let server = try WeirProcess(site, "routes: [{path: /*, static: .}]")
        let client = try server.connect(receiveBuffer: 4_096)
        #expect(try client.get("/a.txt").status == 200)
        let before = server.residentMemory
        let requests = Array(String(repeating: RawRequest.get("/a.txt"), count: 2_000).utf8)
        let deadline = Clock.now + 3
        var sent = 0
        while sent < 64 << 20, Clock.now < deadline {
            let count = try client.sendSome(requests[(sent % requests.count)...])
            sent += count
            if count == 0 { usleep(10_000) }
        }
        #expect(server.residentMemory - before < 32 << 20, "after \(sent) bytes of requests")
        #expect(try server.get("/a.txt").status == 200)
    }
}

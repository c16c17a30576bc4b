import Testing
import WeirEdge
import WeirTestSupport

@Suite struct ProgramRouteTests {
    private static func telling(files: String? = nil) throws -> EdgeServer {
        try EdgeServer(files: files) { exchange, _ in
            exchange.start("HTTP/1.1 200 OK\n\n")
            exchange.append("program")
            exchange.end()
        }
    }

    @Test("every path is a program's own", arguments: ["/", "/a.php", "/a/../b", "/.env", "/a/b/"])
    func everyPath(path: String) throws {
        #expect(try Self.telling().connect().get(path).text == "program")
    }

    @Test("a file beside it answers in its place, to those who read")
    func filesBeside() throws {
        let site = try TemporaryDirectory()
        try site.write("a.txt", "file")
        try site.write("run.php", "secret")
        try site.write(".env", "secret")
        try site.write("sub/b.txt", "file")
        let client = try Self.telling(files: site.path).connect()
        #expect(try client.get("/a.txt").text == "file")
        #expect(try client.get("/sub/b.txt").text == "file")
        for path in ["/", "/sub", "/sub/", "/none.txt", "/run.php", "/.env"] {
            #expect(try client.get(path).text == "program")
        }
        #expect(try client.exchange(RawRequest.post("/a.txt", "x")).text == "program")
    }

    @Test("a streamed upload to where a file answers leaves the connection in order")
    func filesOnAStreamedRoute() throws {
        let site = try TemporaryDirectory()
        try site.write("stream.txt", "file")
        let client = try Self.telling(files: site.path).connect()
        for _ in 0..<2 {
            try client.send("GET /stream.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\nabc")
            #expect(try client.readAnswer().text == "file")
            try client.send("def")
        }
    }
}

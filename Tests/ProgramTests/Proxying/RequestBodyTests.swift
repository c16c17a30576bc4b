import Testing
import WeirTestSupport

extension Programs {
    @Suite("Bodies on their way to programs")
    struct RequestBodyTests {
        private static let streamed = "routes: [{path: /streamed, app: app, stream: true}]"

        @Test("a client that asks first is told to go on, collected and streamed", arguments: ["/", "/streamed"])
        func expectation(path: String) throws {
            let upstream = try RawUpstream { client in
                while true {
                    let head = try client.readRequest()
                    let body = try client.read(Int(head.all("Content-Length").first ?? "") ?? 0)
                    try client.send(Answers.ok(String(decoding: body, as: UTF8.self)))
                }
            }
            let server = try ProgramServer(.external(upstream.port), top: Self.streamed)
            let client = try server.connect()
            try client.send(
                "POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try client.readAnswer().status == 100)
            try client.send("hello")
            #expect(try client.readAnswer().text == "hello")
            #expect(upstream.requests.last?.all("Expect").isEmpty == true)
        }

        @Test("a body that was collected arrives with its length, however it was sent")
        func collected() throws {
            let upstream = try RawUpstream { client in
                let head = try client.readRequest()
                let body = try client.read(Int(head.all("Content-Length").first ?? "") ?? 0)
                try client.send(Answers.ok("\(head.all("Transfer-Encoding").count) \(body.count)"))
            }
            let server = try ProgramServer(.external(upstream.port))
            let client = try server.connect()
            try client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<10 { try client.send("8000\r\n" + String(repeating: "b", count: 0x8000) + "\r\n") }
            try client.send("0\r\nX-Trailer: 1\r\n\r\n")
            #expect(try client.readAnswer().text == "0 \(10 * 0x8000)")
        }

        @Test("an answer that comes before the body ended is passed on", arguments: ["/", "/streamed"])
        func early(path: String) throws {
            let upstream = try RawUpstream { client in
                _ = try client.readRequest()
                try client.send("HTTP/1.1 413 Too Much\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")
            }
            let server = try ProgramServer(.external(upstream.port), top: Self.streamed)
            let client = try server.connect()
            try client.send("POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: 8000000\r\n\r\n")
            try client.send([UInt8](repeating: 97, count: 100_000))
            if path == "/" { try client.send([UInt8](repeating: 97, count: 7_900_000)) }
            let answer = try client.readAnswer()
            #expect(answer.status == 413 && answer.text == "no\n")
        }

        @Test("a real program refuses an upload, and its next request is answered", .node, arguments: ["/refuse"])
        func refused(path: String) throws {
            let server = try ProgramServer(
                .node("node-raw"), top: "routes: [{host: streamed.test, app: app, stream: true}]")
            for host in ["test", "streamed.test"] {
                let client = try server.connect()
                try client.send("POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 300000\r\n\r\n")
                try client.send([UInt8](repeating: 97, count: 300_000))
                #expect(try client.readAnswer().status == 413, "\(host)")
            }
            #expect(try server.get("/").text == "hello\n")
        }

        @Test("a streamed route goes both ways at once", .node)
        func bothWays() throws {
            let server = try ProgramServer(
                .node("node-raw"), top: "routes: [{path: /echo, app: app, stream: true}]")
            let client = try server.connect()
            try client.send("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
            try client.send("5\r\nfirst\r\n")
            _ = try client.read(through: "5\r\nfirst\r\n")
            try client.send("6\r\nsecond\r\n")
            _ = try client.read(through: "6\r\nsecond\r\n")
            try client.send("0\r\n\r\n")
            _ = try client.read(through: "0\r\n\r\n")
            #expect(try client.get("/").text == "hello\n")
        }
    }
}

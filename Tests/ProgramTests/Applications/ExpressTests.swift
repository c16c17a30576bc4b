import Testing
import WeirTestSupport

extension Programs {
    /// An unmodified application, with Debian's Express.
    @Suite("Express", .express)
    struct ExpressTests {
        private let server: ProgramServer

        init() throws { server = try ProgramServer(.node("node-express")) }

        @Test("pages and files come as from Express itself")
        func pagesAndFiles() throws {
            let page = try server.get("/")
            #expect(page.status == 200 && page.text.contains("Rhine &#38; Main"))
            #expect(page["Content-Type"] == "text/html; charset=utf-8" && page["X-Powered-By"] == "Express")

            let file = try server.get("/style.css")
            #expect(file.status == 200 && file["Cache-Control"] == "public, max-age=3600")
            let again = try server.get("/style.css", "If-None-Match: \(file["ETag"] ?? "")")
            #expect(again.status == 304 && again.body.isEmpty && again["ETag"] == file["ETag"])
            let part = try server.get("/style.css", "Range: bytes=0-3")
            #expect(part.status == 206 && part.body == Array(file.body.prefix(4)))
        }

        @Test("it knows the client, the host and the scheme, and takes JSON")
        func json() throws {
            let list = try server.get("/api/rivers?sort=length&x=%20y", "X-Forwarded-For: 6.6.6.6").object()
            #expect(list["client"] as? String == "127.0.0.1")
            #expect(list["protocol"] as? String == "http" && list["host"] as? String == "test")
            #expect(list["query"] as? [String: String] == ["sort": "length", "x": " y"])

            let client = try server.connect()
            let body = #"{"name":"Eider","length":188}"#
            let created = try client.exchange(
                RawRequest.post("/api/rivers", body, ["Content-Type: application/json"]))
            #expect(created.status == 201 && created["Location"] == "/api/rivers/4")
            #expect(created.text.contains(body))
            let gone = try client.exchange("DELETE /api/rivers/Elbe HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(gone.status == 204 && gone.body.isEmpty)
            let broken = try client.exchange(RawRequest.post("/api/rivers", "{", ["Content-Type: application/json"]))
            #expect(broken.status == 400 && broken.text.contains("Our own error page"))
        }

        @Test("a redirect with two cookies keeps both")
        func cookies() throws {
            let answer = try server.get("/cookies")
            #expect(answer.status == 303 && answer["Location"] == "/api/rivers")
            #expect(answer.all("Set-Cookie") == ["one=1; Path=/", "two=2; Path=/; HttpOnly"])
        }

        @Test("a session in a process's memory goes on")
        func session() throws {
            let first = try server.get("/visits")
            let cookie = try #require(first["Set-Cookie"]?.split(separator: ";").first)
            for visit in 2...4 {
                #expect(try server.get("/visits", "Cookie: \(cookie)").object()["visits"] as? Int == visit)
            }
        }

        @Test("3 MiB arrive as they were sent")
        func upload() throws {
            let body = (0..<3 << 20).map { UInt8($0 % 251) }
            let client = try server.connect()
            try client.send("POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            let answer = try client.readAnswer().object()
            #expect(answer["bytes"] as? Int == body.count)
            #expect(
                answer["sha256"] as? String == "a1feacf0d812ba4d0b0e463ed45bbd583cea1de55c54693116754b30b5794745")
        }

        @Test("its own error pages stay its own")
        func errors() throws {
            let broken = try server.get("/broken")
            #expect(broken.status == 500 && broken.text.contains("Our own error page"))
            let missing = try server.get("/nowhere")
            #expect(missing.status == 404 && missing.text.contains("Not found"))
        }

        @Test("a stream comes line by line")
        func stream() throws {
            let client = try server.begin("/stream")
            _ = try client.read(through: "line 1\n")
            let first = Clock.now
            let rest = try client.read(through: "0\r\n\r\n")
            // Four more follow, 50 ms apart.
            #expect(Clock.now - first > 0.12)
            #expect(rest.contains("line 5\n"))
        }

        @Test("events come as they happen, and their source notices that the client leaves")
        func events() throws {
            let client = try server.begin("/sse")
            #expect(try client.readHead().contains("Content-Type: text/event-stream"))
            for tick in 1...3 { _ = try client.read(through: "data: tick \(tick)\n\n") }
            client.close()
            eventually(within: 3, "it notices") { server.lines("sse").count == 1 }
        }
    }

    @Suite("Express on several processes", .express)
    struct ManyExpressTests {
        /// A session in memory is then the application's own matter, as behind any other server: a shared store.
        @Test("each process has a memory of its own, and all are used")
        func memory() throws {
            let server = try ProgramServer(.node("node-express", processes: 2))
            let held = try (0..<4).map { _ in try server.begin("/slow?ms=300") }
            let pids = try Set((0..<8).map { _ in try server.get("/pid").text })
            for client in held { #expect(try client.readAnswer().text == "slept 300") }
            #expect(Set(pids.compactMap(Int32.init)).isSubset(of: try server.pids()))
            try eventually(within: 5, "both are used") {
                try Set(server.weir.accessLog().compactMap { $0["worker"] as? Int }).count == 2
            }
        }
    }
}

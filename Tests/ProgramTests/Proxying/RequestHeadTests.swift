import Testing
import WeirTestSupport

extension Programs {
    /// What a program sees of a request, byte for byte.
    @Suite("Requests as programs see them")
    struct RequestHeadTests {
        private let upstream: RawUpstream

        init() throws { upstream = try .answering { _ in Answers.ok("ok") } }

        private func seen(_ request: String, top: String = "") throws -> RawRequestHead {
            let server = try ProgramServer(.external(upstream.port), top: top)
            #expect(try server.connect().exchange(request).status == 200)
            return try #require(upstream.requests.last)
        }

        @Test("a path stays as it was written")
        func path() throws {
            let server = try ProgramServer(.external(upstream.port))
            let client = try server.connect()
            let targets = [
                "/", "/a%2Fb", "/a//b///c", "/a/./b/../c", "/%7Euser/%c3%a9?q=%20+&&x==", "/a;v=1,2:3@x!$'()*",
                "/?", "/a%2f..%2fb?next=http://x/y//z",
            ]
            for target in targets { #expect(try client.get(target).status == 200, "\(target)") }
            #expect(upstream.requests.map(\.target) == targets)
            let absolute = "GET http://test/a%2Fb//c?d HTTP/1.1\r\nHost: test\r\n\r\n"
            #expect(try client.exchange(absolute).status == 200)
            #expect(upstream.requests.last?.line == "GET /a%2Fb//c?d HTTP/1.1")
        }

        @Test("fields stay as they are, and in their order")
        func fields() throws {
            let head = try seen(
                RawRequest.get("/", ["X-Twice: 1", "Cookie: a=1", "x-TWICE: 2", "Cookie: b=2", "Accept: */*"]))
            #expect(
                head.fields.prefix(6)
                    == ["Host: test", "X-Twice: 1", "Cookie: a=1", "x-TWICE: 2", "Cookie: b=2", "Accept: */*"])
        }

        @Test("what is meant for the next hop stays there")
        func hopByHop() throws {
            let head = try seen(
                RawRequest.get(
                    "/",
                    [
                        "Connection: X-Secret, keep-alive", "X-Secret: 1", "Keep-Alive: timeout=9", "TE: gzip",
                        "Proxy-Authorization: Basic eA==", "Proxy: http://evil", "Proxy-Connection: close",
                        "Upgrade: h2c", "HTTP2-Settings: AAA", "X-Stays: 1",
                    ]))
            let names = Set(head.fields.map { $0.split(separator: ":")[0].lowercased() })
            #expect(names.contains("x-stays"))
            let gone = [
                "x-secret", "keep-alive", "te", "proxy-authorization", "proxy", "proxy-connection", "upgrade",
                "http2-settings",
            ]
            #expect(names.isDisjoint(with: gone), "\(head.fields)")
        }

        @Test("the host is the client's, and the way is told")
        func host() throws {
            let head = try seen("GET / HTTP/1.1\r\nhost: Shop.example:8443\r\nX-Request-Id: abc\r\n\r\n")
            #expect(head.all("Host") == ["Shop.example:8443"])
            #expect(head.all("Via") == ["1.1 weir"])
            #expect(head.all("X-Forwarded-Host") == ["Shop.example:8443"])
            #expect(head.all("X-Forwarded-Proto") == ["http"])
            #expect(head.all("X-Forwarded-For") == ["127.0.0.1"] && head.all("X-Real-IP") == ["127.0.0.1"])
            #expect(head.all("Forwarded") == [#"for=127.0.0.1;host="Shop.example:8443";proto=http"#])
            #expect(head.all("X-Request-Id") == ["abc"])
        }

        private static let claims = [
            "X-Forwarded-For: 203.0.113.7, 198.51.100.1", "X-Forwarded-Proto: https", "X-Real-IP: 6.6.6.6",
            "X-Forwarded-Prefix: /evil",
        ]

        @Test("a client that is no trusted proxy says nothing of others")
        func untrusted() throws {
            let head = try seen(RawRequest.get("/", Self.claims))
            #expect(head.all("X-Forwarded-For") == ["127.0.0.1"] && head.all("X-Real-IP") == ["127.0.0.1"])
            #expect(head.all("X-Forwarded-Proto") == ["http"] && head.all("X-Forwarded-Prefix").isEmpty)
            #expect(!head.fields.joined().contains("203.0.113.7"))
        }

        @Test("what a trusted proxy says is kept, and its own address added")
        func trusted() throws {
            let head = try seen(RawRequest.get("/", Self.claims), top: "trusted_proxies: [127.0.0.0/8]")
            #expect(head.all("X-Forwarded-For") == ["203.0.113.7, 198.51.100.1, 127.0.0.1"])
            #expect(head.all("X-Forwarded-Proto") == ["https"] && head.all("X-Real-IP") == ["198.51.100.1"])
        }

        @Test("a list of Via goes on")
        func via() throws {
            #expect(
                try seen(RawRequest.get("/", ["Via: 1.0 fred"])).all("Via").joined(separator: ", ")
                    == "1.0 fred, 1.1 weir")
        }

        @Test("names that programs could take for others are left out")
        func underscores() throws {
            let head = try seen(RawRequest.get("/", ["X_Forwarded_For: 6.6.6.6", "Content_Length: 7"]))
            #expect(!head.fields.joined().contains("_"))
        }
    }
}

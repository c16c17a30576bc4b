import Testing
import WeirTestSupport

/// What a program behind Weir is asked, to the byte.
@Suite struct HTTPRequestEncoderTests {
    /// The head that arrives for a request's, whose id is `id`; lines parted by LF.
    private func head(of request: [String], trusted: Bool = false, streams: Bool = false) throws -> [String] {
        let weir = try ProxiedServer {
            $0.trustsClients = trusted
            $0.streams = streams
        }
        let client = try weir.client()
        try client.send((request + ["X-Request-Id: id", "", ""]).joined(separator: "\r\n"))
        return try weir.server.accept().readHead().split(separator: "\n").map(String.init)
    }

    private let own = [
        "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: test", "X-Real-IP: 127.0.0.1",
        "Forwarded: for=127.0.0.1;host=\"test\";proto=http", "Via: 1.1 weir", "X-Request-Id: id",
    ]

    @Test("a request goes on as it was sent, its fields in order")
    func asSent() throws {
        let head = try head(of: [
            "GET /a%2Fb/../c;d?e=%20&&f HTTP/1.1", "Accept: x", "Host: test", "Cookie: a=1", "X-Mine:v", "Cookie: b=2",
            "X-Empty:",
        ])
        #expect(
            head == [
                "GET /a%2Fb/../c;d?e=%20&&f HTTP/1.1", "Host: test", "Accept: x", "Cookie: a=1", "X-Mine: v",
                "Cookie: b=2", "X-Empty: ",
            ] + own)
    }

    @Test(
        "an absolute form becomes the path, and its host the Host",
        arguments: [
            ("http://test/p?q", "/p?q"), ("http://test", "/"), ("http://test?q", "/?q"), ("HTTP://test/?", "/?"),
        ])
    func absoluteForm(target: String, path: String) throws {
        let head = try head(of: ["GET \(target) HTTP/1.1", "Host: other"])
        #expect(head == ["GET \(path) HTTP/1.1", "Host: test"] + own)
    }

    @Test("what is for the next hop only stays here, and so does what Connection names")
    func hopByHop() throws {
        let head = try head(of: [
            "GET / HTTP/1.1", "Host: test", "Connection: close, X-Hop, x-forwarded-for, host, X-Real-IP",
            "Keep-Alive: 5",
            "X-Hop: 1", "x-hop: 2", "Proxy-Connection: a", "Proxy-Authorization: b", "Proxy-Anything: c", "Proxy: d",
            "Upgrade: h2c", "HTTP2-Settings: e", "Expect: 100-continue", "Trailer: f", "X-Kept: g",
        ])
        #expect(head == ["GET / HTTP/1.1", "Host: test", "X-Kept: g"] + own)
    }

    @Test("a client cannot say what Weir says, in whatever spelling")
    func forged() throws {
        let head = try head(of: [
            "GET / HTTP/1.1", "Host: test", "X-Forwarded-For: 1.1.1.1", "x-forwarded-for: 2.2.2.2",
            "X_Forwarded_For: 3.3.3.3", "X-Forwarded_For: 4.4.4.4", "X-Forwarded-Proto: https",
            "X-Forwarded-Host: evil",
            "X-Forwarded-Port: 1", "X-Forwarded-Prefix: /evil", "X-FORWARDED-Ssl: on", "X-Real-IP: 5.5.5.5",
            "Forwarded: for=6.6.6.6", "X_Real_IP: 7.7.7.7", "X.Real.IP: 8.8.8.8", "Content_Length: 9",
        ])
        #expect(head == ["GET / HTTP/1.1", "Host: test"] + own)
    }

    @Test("a trusted proxy's word is kept, and Weir's added")
    func trusted() throws {
        let head = try head(
            of: [
                "GET / HTTP/1.1", "Host: inner", "X-Forwarded-For: 192.0.2.1, 127.0.0.9", "X-Forwarded-For: 127.0.0.8",
                "X-Forwarded-Proto: https", "X-Forwarded-Host: outer", "X-Forwarded-Port: 443",
                "X-Forwarded-Prefix: /p", "Forwarded: for=6.6.6.6", "Via: 1.0 proxy", "X-Real-IP: 6.6.6.6",
            ], trusted: true)
        #expect(
            head == [
                "GET / HTTP/1.1", "Host: inner", "X-Forwarded-Port: 443", "X-Forwarded-Prefix: /p", "Via: 1.0 proxy",
                "X-Forwarded-For: 192.0.2.1, 127.0.0.9, 127.0.0.8, 127.0.0.1", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: outer", "X-Real-IP: 192.0.2.1",
                "Forwarded: for=192.0.2.1;host=\"inner\";proto=https", "Via: 1.1 weir", "X-Request-Id: id",
            ])
    }

    @Test("a trusted proxy that maintains Forwarded has it extended")
    func trustedForwarded() throws {
        let head = try head(
            of: ["GET / HTTP/1.1", "Host: test", "Forwarded: for=\"[2001:db8::1]\";proto=https"], trusted: true)
        #expect(
            head == [
                "GET / HTTP/1.1", "Host: test", "X-Forwarded-For: 2001:db8::1, 127.0.0.1", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: test", "X-Real-IP: 2001:db8::1",
                "Forwarded: for=\"[2001:db8::1]\";proto=https, for=127.0.0.1", "Via: 1.1 weir", "X-Request-Id: id",
            ])
    }

    @Test("an IPv6 client is written as each field wants it")
    func addressOfIPv6() throws {
        let head = try head(of: ["GET / HTTP/1.1", "Host: test", "X-Forwarded-For: 2001:db8::1"], trusted: true)
        #expect(head.contains("X-Forwarded-For: 2001:db8::1, 127.0.0.1"))
        #expect(head.contains("Forwarded: for=\"[2001:db8::1]\";host=\"test\";proto=http"))
    }

    @Test("a request without Host, in HTTP/1.0, gets an empty one, and is said to be of that version")
    func http10() throws {
        let head = try head(of: ["GET / HTTP/1.0"])
        #expect(head.prefix(2) == ["GET / HTTP/1.1", "Host: "])
        #expect(head.contains("Via: 1.0 weir") && head.contains("Forwarded: for=127.0.0.1;proto=http"))
    }

    @Test("who reads trailers says so")
    func trailers() throws {
        let asked = ["GET / HTTP/1.1", "Host: test", "Connection: TE", "TE: gzip, trailers"]
        #expect(try head(of: asked).suffix(2) == ["Connection: te", "TE: trailers"])
        #expect(try !head(of: ["GET / HTTP/1.1", "Host: test", "TE: gzip"]).contains { $0.hasPrefix("TE") })
    }

    @Test("an upgrade is asked for")
    func upgrade() throws {
        let head = try head(of: [
            "GET / HTTP/1.1", "Host: test", "Connection: keep-alive, Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Key: k",
        ])
        #expect(
            head == ["GET / HTTP/1.1", "Host: test", "Sec-WebSocket-Key: k"] + own
                + ["Connection: upgrade", "Upgrade: websocket"])
    }

    @Test("a body that was collected has a length, however it came")
    func framing() throws {
        let weir = try ProxiedServer()
        let client = try weir.client()
        try client.send(
            "POST / HTTP/1.1\r\nHost: test\r\nX-Request-Id: id\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n")
        let upstream = try weir.server.accept()
        let head = try upstream.readHead()
        #expect(head.hasSuffix("X-Request-Id: id\nContent-Length: 5\n"))
        #expect(try upstream.read(5) == Array("abcde".utf8))
        #expect(try self.head(of: ["POST / HTTP/1.1", "Host: test", "Content-Length: 0"]).last == "Content-Length: 0")
        #expect(try self.head(of: ["POST / HTTP/1.1", "Host: test"]).last == "X-Request-Id: id")
    }

    @Test("a body that streams keeps its framing")
    func streamedFraming() throws {
        let chunked = ["POST / HTTP/1.1", "Host: test", "Transfer-Encoding: chunked"]
        #expect(try head(of: chunked, streams: true).last == "Transfer-Encoding: chunked")
        let length = ["POST / HTTP/1.1", "Host: test", "Content-Length: 007"]
        #expect(try head(of: length, streams: true).last == "Content-Length: 7")
    }
}

import Testing

@testable import WeirWire

@Suite struct RequestHeadTests {
    private let request = "GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: x\r\n\r\n"

    private func refusal(_ text: String, _ limits: HeadLimits = HeadLimits()) -> UInt16? {
        Replay([Array(text.utf8)], limits: limits).refusal?.status
    }

    @Test func whatMayBeAskedTwiceIsWhatTheStandardNames() {
        let methods: [WeirWire.Method] = [
            .get, .head, .post, .put, .delete, .patch, .options, .connect, .trace, .other,
        ]
        #expect(methods.filter(\.isIdempotent) == [.get, .head, .put, .delete, .options, .trace])
    }

    @Test func limitsAdmitExactlyWhatTheySay() {
        let line = "GET /a?b HTTP/1.1".utf8.count
        let block = "Host: h\r\nAccept: x\r\n\r\n".utf8.count
        #expect(refusal(request, HeadLimits(requestLine: line, headerBytes: block, headerCount: 2)) == nil)
        #expect(refusal(request, HeadLimits(requestLine: line - 1, headerBytes: block, headerCount: 2)) == 414)
        #expect(refusal(request, HeadLimits(requestLine: line, headerBytes: block - 1, headerCount: 2)) == 431)
        #expect(refusal(request, HeadLimits(requestLine: line, headerBytes: block, headerCount: 1)) == 431)
    }

    @Test func everyLimitGivesOneVerdictHoweverTheBytesArrive() {
        for size in 0..<request.utf8.count + 2 {
            for limits in [
                HeadLimits(requestLine: size), HeadLimits(headerBytes: size), HeadLimits(headerCount: size % 4),
            ] {
                let whole = Replay([Array(request.utf8)], limits: limits)
                for pieces in arrivals(of: Array(request.utf8), seed: UInt64(size)) {
                    #expect(Replay(pieces, limits: limits) == whole)
                }
            }
        }
    }

    @Test func anEndlessLineIsRefusedAtTheLimitNotAtItsEnd() {
        #expect(refusal("GET /" + String(repeating: "a", count: 9_000)) == 414)
        #expect(refusal("GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 40_000)) == 431)
        #expect(refusal("GET / HTTP/1.1\r\nA: b\r\nC", HeadLimits(headerCount: 1)) == 431)
    }

    @Test func anIncompleteHeadIsNeitherAcceptedNorRefused() {
        let bytes = Array(request.utf8)
        for count in 0..<bytes.count {
            let replay = Replay([Array(bytes.prefix(count))])
            #expect(replay.requests.isEmpty && replay.refusal == nil)
        }
    }

    @Test func aReusedHeadKeepsItsCapacityAndNothingElse() throws {
        var parser = RequestHeadParser()
        var head = RequestHead()
        let full = "POST http://a/b?c HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 4\r\nX: y\r\n\r\n"
        let first = try withBytes(full) { try parser.parse($0, limits: HeadLimits(), into: &head) }
        let second = try withBytes(request) { try parser.parse($0, limits: HeadLimits(), into: &head) }
        var fresh = RequestHead()
        let third = try withBytes(request) { try parser.parse($0, limits: HeadLimits(), into: &fresh) }
        #expect(first && second && third)
        let host = try #require(head.first(.host))
        withBytes(request) { bytes in
            #expect(ReplayedRequest(head, in: bytes) == ReplayedRequest(fresh, in: bytes))
            #expect(head.framing == .none && head.byteCount == bytes.count)
            #expect(head.first(.contentLength) == nil)
            #expect(host.value.string(in: bytes) == "h")
        }
    }

    @Test func everyKnownNameIsRecognisedInAnyCase() {
        let names: [(String, FieldID)] = [
            ("host", .host), ("connection", .connection), ("keep-alive", .keepAlive), ("te", .te),
            ("content-length", .contentLength), ("transfer-encoding", .transferEncoding), ("trailer", .trailer),
            ("upgrade", .upgrade), ("expect", .expect), ("http2-settings", .http2Settings),
            ("content-type", .contentType), ("content-encoding", .contentEncoding), ("cookie", .cookie),
            ("authorization", .authorization), ("user-agent", .userAgent), ("referer", .referer), ("origin", .origin),
            ("accept", .accept), ("accept-encoding", .acceptEncoding), ("accept-language", .acceptLanguage),
            ("if-match", .ifMatch), ("if-none-match", .ifNoneMatch), ("if-modified-since", .ifModifiedSince),
            ("if-unmodified-since", .ifUnmodifiedSince), ("if-range", .ifRange), ("range", .range),
            ("forwarded", .forwarded), ("x-forwarded-for", .xForwardedFor), ("x-forwarded-proto", .xForwardedProto),
            ("x-forwarded-host", .xForwardedHost), ("x-forwarded-port", .xForwardedPort), ("x-real-ip", .xRealIP),
            ("x-request-id", .xRequestID), ("traceparent", .traceparent), ("tracestate", .tracestate),
            ("proxy", .proxy), ("via", .via), ("proxy-connection", .proxyConnection),
            ("proxy-authorization", .proxyAuthorization),
            ("status", .status), ("location", .location), ("set-cookie", .setCookie), ("server", .server),
            ("date", .date), ("etag", .etag), ("last-modified", .lastModified), ("expires", .expires),
            ("cache-control", .cacheControl), ("vary", .vary), ("link", .link), ("accept-ranges", .acceptRanges),
            ("content-range", .contentRange), ("retry-after", .retryAfter), ("x-accel-redirect", .xAccelRedirect),
            ("x-accel-buffering", .xAccelBuffering), ("x-sendfile", .xSendfile), ("x-powered-by", .xPoweredBy),
        ]
        #expect(Set(names.map(\.1)).count == FieldID.allCases.count - 1)
        #expect(FieldID.allCases.count <= 64, "a set of them is one word")
        for (name, id) in names {
            #expect(withBytes(name) { FieldID(name: $0) } == id)
            #expect(withBytes(name.uppercased()) { FieldID(name: $0) } == id)
            #expect(withBytes(name + "x") { FieldID(name: $0) } == .other)
        }
    }

    @Test func controlCharactersAreFoundAtEveryPlace() {
        for size in 0..<20 {
            for place in 0..<size {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0x80, count: size)
                    bytes[place] = byte
                    let isControl = byte == 0x7F || (byte < 0x20 && byte != 0x09)
                    let found = bytes.withUnsafeBytes { $0.firstControl(from: 0, to: size) }
                    if found != (isControl ? place : size) { Issue.record("byte \(byte) at \(place) of \(size)") }
                }
            }
        }
    }
}

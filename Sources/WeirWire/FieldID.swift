/// The field names some part of the server acts on; every other name is `other`.
///
/// Recognised once, while the head is parsed: from then on asking for a field compares a byte, not a string.
package enum FieldID: UInt8, Sendable, CaseIterable {
    case other
    // Requests.
    case host, connection, keepAlive, contentLength, transferEncoding, te, trailer, upgrade, expect, http2Settings
    case contentType, contentEncoding, cookie, authorization, userAgent, referer, origin
    case accept, acceptEncoding, acceptLanguage
    case ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, ifRange, range
    case forwarded, xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort, xRealIP, xRequestID
    case traceparent, tracestate, proxy, proxyConnection, proxyAuthorization, via
    // Responses.
    case status, location, setCookie, server, date, etag, lastModified, expires, cacheControl, vary, link
    case acceptRanges, contentRange, retryAfter, xAccelRedirect, xAccelBuffering, xSendfile, xPoweredBy

    /// `name` must consist of token characters.
    init(name: UnsafeRawBufferPointer) {
        switch name.count {
        case 2: self = name.match(("te", .te))
        case 3: self = name.match(("via", .via))
        case 4: self = name.match(("host", .host), ("date", .date), ("etag", .etag), ("vary", .vary), ("link", .link))
        case 5: self = name.match(("range", .range), ("proxy", .proxy))
        case 6:
            self = name.match(
                ("accept", .accept), ("cookie", .cookie), ("origin", .origin), ("expect", .expect),
                ("status", .status), ("server", .server))
        case 7:
            self = name.match(
                ("referer", .referer), ("upgrade", .upgrade), ("trailer", .trailer), ("expires", .expires))
        case 8: self = name.match(("if-match", .ifMatch), ("if-range", .ifRange), ("location", .location))
        case 9: self = name.match(("forwarded", .forwarded), ("x-real-ip", .xRealIP))
        case 10:
            self = name.match(
                ("connection", .connection), ("user-agent", .userAgent), ("keep-alive", .keepAlive),
                ("set-cookie", .setCookie), ("x-sendfile", .xSendfile), ("tracestate", .tracestate))
        case 11: self = name.match(("traceparent", .traceparent), ("retry-after", .retryAfter))
        case 12:
            self = name.match(
                ("content-type", .contentType), ("x-request-id", .xRequestID), ("x-powered-by", .xPoweredBy))
        case 13:
            self = name.match(
                ("if-none-match", .ifNoneMatch), ("authorization", .authorization), ("cache-control", .cacheControl),
                ("last-modified", .lastModified), ("accept-ranges", .acceptRanges), ("content-range", .contentRange))
        case 14: self = name.match(("content-length", .contentLength), ("http2-settings", .http2Settings))
        case 15:
            self = name.match(
                ("accept-encoding", .acceptEncoding), ("accept-language", .acceptLanguage),
                ("x-forwarded-for", .xForwardedFor))
        case 16:
            self = name.match(
                ("content-encoding", .contentEncoding), ("x-forwarded-host", .xForwardedHost),
                ("x-forwarded-port", .xForwardedPort), ("proxy-connection", .proxyConnection),
                ("x-accel-redirect", .xAccelRedirect))
        case 17:
            self = name.match(
                ("if-modified-since", .ifModifiedSince), ("x-forwarded-proto", .xForwardedProto),
                ("transfer-encoding", .transferEncoding), ("x-accel-buffering", .xAccelBuffering))
        case 19:
            self = name.match(
                ("if-unmodified-since", .ifUnmodifiedSince), ("proxy-authorization", .proxyAuthorization))
        default: self = .other
        }
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func match(
        _ a: (StaticString, FieldID), _ b: (StaticString, FieldID)? = nil, _ c: (StaticString, FieldID)? = nil,
        _ d: (StaticString, FieldID)? = nil, _ e: (StaticString, FieldID)? = nil, _ f: (StaticString, FieldID)? = nil
    ) -> FieldID {
        if equalsIgnoringCase(a.0) { return a.1 }
        if let b, equalsIgnoringCase(b.0) { return b.1 }
        if let c, equalsIgnoringCase(c.0) { return c.1 }
        if let d, equalsIgnoringCase(d.0) { return d.1 }
        if let e, equalsIgnoringCase(e.0) { return e.1 }
        if let f, equalsIgnoringCase(f.0) { return f.1 }
        return .other
    }
}

/// Which of the known fields a head has, in one word.
package struct FieldIDSet: Sendable, Equatable, ExpressibleByArrayLiteral {
    private var bits: UInt64 = 0

    package init() {}

    package init(arrayLiteral elements: FieldID...) {
        for element in elements { insert(element) }
    }

    @inline(__always)
    package func contains(_ id: FieldID) -> Bool { bits & (1 &<< UInt64(id.rawValue)) != 0 }

    @inline(__always)
    package mutating func insert(_ id: FieldID) { bits |= 1 &<< UInt64(id.rawValue) }
}

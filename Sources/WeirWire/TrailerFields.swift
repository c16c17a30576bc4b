/// The fields after a chunked body that may be passed on: without those that a head alone may say (RFC 9110, 6.5.1), as
/// whoever merges the two would believe them.
package struct TrailerFields: Sendable {
    /// What the ranges of ``fields`` point into.
    package let bytes: [UInt8]
    package let fields: [Field]

    package var isEmpty: Bool { fields.isEmpty }

    /// - Parameter lines: each with its CR LF, checked as ``ChunkedDecoder`` does.
    init(lines: [UInt8]) {
        var fields: [Field] = []
        lines.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = bytes.firstControl(from: start, to: bytes.count)
                // A line that cannot be read is not there: the decoder lets none through.
                if end > start, let field = try? Field(line: bytes, start, end),
                    !Self.isForbidden(field, in: bytes)
                {
                    fields.append(field)
                }
                start = end &+ 2
            }
        }
        bytes = lines
        self.fields = fields
    }

    /// How the message is framed, where it goes, who may see it, how it is kept and what its content is.
    private static let forbidden: FieldIDSet = [
        .host, .connection, .keepAlive, .contentLength, .transferEncoding, .te, .trailer, .upgrade, .expect,
        .http2Settings, .contentType, .contentEncoding, .cookie, .authorization, .origin, .forwarded, .xForwardedFor,
        .xForwardedProto, .xForwardedHost, .xForwardedPort, .xRealIP, .xRequestID, .proxy, .proxyConnection,
        .proxyAuthorization, .via, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange, .range,
        .status, .location, .setCookie, .server, .date, .expires, .cacheControl, .vary, .acceptRanges, .contentRange,
        .retryAfter, .xAccelRedirect, .xAccelBuffering, .xSendfile,
    ]

    private static func isForbidden(_ field: Field, in bytes: UnsafeRawBufferPointer) -> Bool {
        if forbidden.contains(field.id) { return true }
        guard field.id == .other else { return false }
        let name = field.name.in(bytes)
        return name.equalsIgnoringCase("www-authenticate")
            || name.equalsIgnoringCase("proxy-authenticate") || name.equalsIgnoringCase("age")
            || name.equalsIgnoringCase("pragma") || name.equalsIgnoringCase("set-cookie2")
    }
}

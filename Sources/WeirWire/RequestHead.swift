/// The request methods the server tells apart. Methods are case-sensitive: `get` is `other`.
package enum Method: UInt8, Sendable {
    case get, head, post, put, delete, patch, options, connect, trace, other

    /// To ask twice is meant to do what to ask once does (RFC 9110, 9.2.2). Of a method unknown here nobody knows.
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }
}

/// How a request names what it asks for (RFC 9112, 3.2). Authority form belongs to CONNECT alone, which is refused.
package enum TargetForm: UInt8, Sendable {
    case origin, absolute, asterisk
}

/// How the end of a body is found.
package enum BodyFraming: Equatable, Sendable {
    case none
    /// At most `Int64.max`; may be 0, when the client said so.
    case length(UInt64)
    case chunked
}

/// Bounds on a head. Reaching one ends the request before memory is spent on it.
package struct HeadLimits: Sendable, Equatable {
    /// Bytes of the request line without its line end: 414 beyond.
    package var requestLine: Int
    /// Bytes of the header block with its line ends and the closing empty line: 431 beyond.
    package var headerBytes: Int
    /// Fields: 431 beyond.
    package var headerCount: Int

    package init(requestLine: Int = 8_192, headerBytes: Int = 32_768, headerCount: Int = 100) {
        precondition(requestLine >= 0 && headerBytes >= 0 && headerCount >= 0, "a limit is a count")
        // A ByteRange counts in 32 bits.
        precondition(requestLine < 1 << 30 && headerBytes < 1 << 30, "a head is below 2 GiB")
        self.requestLine = requestLine
        self.headerBytes = headerBytes
        self.headerCount = headerCount
    }
}

/// What a request's head says, as ranges of the bytes it was parsed from. One value serves a whole connection: emptied
/// for each request, it keeps its capacity.
package struct RequestHead: Sendable {
    package internal(set) var method: Method = .other
    package internal(set) var methodRange = ByteRange.empty
    /// The target as sent.
    package internal(set) var target = ByteRange.empty
    package internal(set) var form: TargetForm = .origin
    /// The target's path, still escaped and not normalised. An absolute form is reduced to its path, which is an empty
    /// range for `http://example.com?q`: read that as `/`. For `OPTIONS *` it is the asterisk.
    package internal(set) var path = ByteRange.empty
    /// After the first `?`; nil without one, empty when nothing follows it.
    package internal(set) var query: ByteRange?
    /// Host and port: an absolute form's, which wins, or else the Host field's. Empty only in HTTP/1.0 without Host.
    package internal(set) var authority = ByteRange.empty
    package internal(set) var isHTTP11 = true
    package internal(set) var fields = Fields()
    package internal(set) var framing = BodyFraming.none
    /// Whether the client would use the connection for another request.
    package internal(set) var keepAlive = true
    /// The client waits for `100 Continue` before it sends the body there is.
    package internal(set) var expectsContinue = false
    /// Connection names `upgrade`, and there is an Upgrade field.
    package internal(set) var requestsUpgrade = false
    /// What the head took, with the empty lines before it and the one after it: the body starts here.
    package internal(set) var byteCount = 0

    package init() {}

    package func first(_ id: FieldID) -> Field? { fields.first(id) }

    package mutating func reset() {
        method = .other
        methodRange = .empty
        target = .empty
        form = .origin
        path = .empty
        query = nil
        authority = .empty
        isHTTP11 = true
        fields.removeAll()
        framing = .none
        keepAlive = true
        expectsContinue = false
        requestsUpgrade = false
        byteCount = 0
    }
}

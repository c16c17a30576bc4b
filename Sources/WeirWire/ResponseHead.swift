/// What the head of an HTTP/1.x answer says, as ranges of the bytes it was parsed from. Reused like ``RequestHead``.
package struct ResponseHead: Sendable {
    /// How the end of the body is found.
    package enum Framing: Equatable, Sendable {
        /// There is none, whatever the fields say.
        case none
        /// At most `Int64.max`; may be 0.
        case length(UInt64)
        case chunked
        /// The end of the connection is the body's.
        case untilClose
    }

    /// 100–999.
    package internal(set) var status: UInt16 = 0
    /// nil: the server gave none.
    package internal(set) var reason: ByteRange?
    /// Everything sent; see ``isForwarded(_:in:)``.
    package internal(set) var fields = Fields()
    package internal(set) var isHTTP11 = true
    /// Whether the connection may carry another request after this answer.
    package internal(set) var keepAlive = true
    package internal(set) var framing = Framing.none
    /// What Content-Length says. Of an answer to HEAD and of a 304 it is the length that GET's body would have.
    package internal(set) var contentLength: UInt64?
    /// For how many seconds the server keeps an idle connection: `Keep-Alive: timeout=N`. nil: it does not say.
    package internal(set) var keepAliveSeconds: UInt32?
    /// What the head took, its closing empty line included: the body starts here.
    package internal(set) var byteCount = 0
    /// The fields that Connection names, of those that have an id.
    var named = FieldIDSet()
    /// Connection names others, too.
    var namesOthers = false

    package init() {}

    package func first(_ id: FieldID) -> Field? { fields.first(id) }

    /// Another head follows, for the same request.
    package var isInterim: Bool { status < 200 && status != 101 }

    /// The connection is another protocol's from here on.
    package var isUpgrade: Bool { status == 101 }

    package mutating func reset() {
        status = 0
        reason = nil
        fields.removeAll()
        isHTTP11 = true
        keepAlive = true
        framing = .none
        contentLength = nil
        keepAliveSeconds = nil
        byteCount = 0
        named = FieldIDSet()
        namesOthers = false
    }

    /// Whether `field` is meant for the client: not what speaks of the way between the server and Weir, nor what Connection
    /// names, nor what tells a proxy how to deliver the answer. `bytes`: what was parsed.
    package func isForwarded(_ field: Field, in bytes: UnsafeRawBufferPointer) -> Bool {
        if HopByHop.answerFields.contains(field.id) { return false }
        // What comes after a chunked body is announced here.
        if field.id == .trailer { return framing == .chunked }
        if field.id != .other { return !named.contains(field.id) }
        return !namesOthers || !HopByHop.isNamed(field, by: fields, in: bytes)
    }
}

/// Which fields are for the next hop only (RFC 9110, 7.6.1).
package enum HopByHop {
    /// Of an answer; with what an application tells a proxy to do, which a proxy does not pass on.
    static let answerFields: FieldIDSet = [
        .connection, .keepAlive, .proxyConnection, .transferEncoding, .te, .upgrade,
        .xAccelRedirect, .xAccelBuffering, .xSendfile,
    ]

    /// Whether a Connection field of `fields` names `field`.
    package static func isNamed(_ field: Field, by fields: Fields, in bytes: UnsafeRawBufferPointer) -> Bool {
        let name = field.name.in(bytes)
        for connection in fields where connection.id == .connection {
            var options = TokenList(connection.value.in(bytes))
            while let option = options.next() {
                if option.equalsIgnoringCase(name) { return true }
            }
        }
        return false
    }
}

/// Why an answer cannot be passed on: a 502, and the reason in the log. The connection cannot be used further.
package struct ResponseError: Error, Sendable, Equatable {
    package let reason: StaticString

    package init(_ reason: StaticString) { self.reason = reason }

    package static func == (a: ResponseError, b: ResponseError) -> Bool {
        a.reason.description == b.reason.description
    }
}

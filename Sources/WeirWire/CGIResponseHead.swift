/// What the header block of a CGI program says, as ranges of the bytes it was parsed from. Reused like ``RequestHead``.
package struct CGIResponseHead: Sendable {
    /// What the `Status` field says; without it 302 when there is a `Location`, else 200.
    ///
    /// A program may print any of 100–999: what to make of an interim status in place of a final one is the edge's to
    /// say.
    package internal(set) var status: UInt16 = 200
    /// The program's own reason phrase; nil when it gave none.
    package internal(set) var reason: ByteRange?
    /// Everything printed, `Status` included.
    package internal(set) var fields = Fields()
    package internal(set) var contentLength: UInt64?
    /// What the block took, its closing empty line included: the body starts here.
    package internal(set) var byteCount = 0

    package init() {}

    package func first(_ id: FieldID) -> Field? { fields.first(id) }

    package mutating func reset() {
        status = 200
        reason = nil
        fields.removeAll()
        contentLength = nil
        byteCount = 0
    }

    /// Fields that speak of the way from the program to the edge, or to the edge itself. Never passed on: the edge
    /// frames the answer and manages the connection.
    package static let notForwarded: FieldIDSet = [
        .status, .connection, .keepAlive, .proxyConnection, .transferEncoding, .te, .trailer, .upgrade,
        .xAccelRedirect, .xAccelBuffering, .xSendfile,
    ]
}

/// Why a program's answer cannot be passed on (a 502, and a line in the log).
package enum CGIResponseError: Error, Equatable, Sendable {
    case controlCharacter
    case malformedField
    case malformedStatus
    case malformedContentLength
    case headerBlockTooLarge
    case tooManyFields
}

/// Reads the head of an HTTP/1.x request as it arrives.
///
/// Strict where leniency has let requests be smuggled: a head that two programs could read differently is refused. It
/// remembers how far it has looked, so a head that comes byte by byte costs no more than one that comes whole, and the
/// verdict is the same for every way the bytes may be split.
package struct RequestHeadParser: Sendable {
    private enum Stage {
        case start, requestLine, fields
    }
    private var stage = Stage.start
    /// Where the line being read starts.
    private var lineStart = 0
    /// No byte of that line before this one ends it.
    private var scanned = 0
    private var blockStart = 0
    private var emptyLines = 0
    private var body = ConnectionFields()

    package init() {}

    package mutating func reset() { self = RequestHeadParser() }

    /// Parses what has arrived of a head.
    ///
    /// - Parameters:
    ///   - bytes: everything since the start of this head: what the last call saw and what came since.
    ///   - head: the same value in every call for one head; emptied by the first.
    /// - Returns: true when the head is complete (the parser is then ready for the next one), false when bytes are
    ///   missing.
    package mutating func parse(
        _ bytes: UnsafeRawBufferPointer, limits: HeadLimits, into head: inout RequestHead
    ) throws(RequestError) -> Bool {
        if stage == .start {
            head.reset()
            stage = .requestLine
        }
        while stage == .requestLine {
            let limit = lineStart &+ limits.requestLine &+ 2
            guard let end = try lineEnd(in: bytes, before: limit, orRefuse: Self.longRequestLine) else { return false }
            if end == lineStart {
                // RFC 9112, 2.2: old clients send an empty line after a body. A few, not a stream of them.
                guard emptyLines < 2 else { throw .bad("empty lines instead of a request line") }
                emptyLines &+= 1
            } else {
                try head.parseRequestLine(bytes, lineStart, end)
                stage = .fields
                blockStart = end &+ 2
            }
            lineStart = end &+ 2
            scanned = lineStart
        }
        while true {
            if head.fields.count >= limits.headerCount, lineStart < bytes.count, bytes[lineStart] != UInt8(ascii: "\r")
            {
                throw Self.tooManyFields
            }
            let limit = blockStart &+ limits.headerBytes
            guard let end = try lineEnd(in: bytes, before: limit, orRefuse: Self.longHeaderBlock) else { return false }
            if end == lineStart {
                try head.finish(bytes, body)
                head.byteCount = end &+ 2
                reset()
                return true
            }
            let field: Field
            do throws(FieldLineFault) {
                field = try Field(line: bytes, lineStart, end)
            } catch {
                throw .bad(error.reason)
            }
            try head.take(field, from: bytes, &body)
            lineStart = end &+ 2
            scanned = lineStart
        }
    }

    private static let longRequestLine = RequestError(status: 414, reason: "the request line is too long")
    private static let longHeaderBlock = RequestError(status: 431, reason: "the header block is too large")
    private static let tooManyFields = RequestError(status: 431, reason: "too many header fields")

    @inline(__always)
    private mutating func lineEnd(
        in bytes: UnsafeRawBufferPointer, before limit: Int, orRefuse tooLong: @autoclosure () -> RequestError
    ) throws(RequestError) -> Int? {
        do throws(HeadLineFault) {
            return try bytes.lineEnd(scanned: &scanned, before: limit)
        } catch {
            throw error == .tooLong ? tooLong() : .bad(error.reason)
        }
    }
}

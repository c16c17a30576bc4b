/// Reads the head of an HTTP/1.x answer as it arrives.
///
/// As strict as ``RequestHeadParser``: an answer that Weir and a client could take for two different ones, or that leaves
/// open where the next one begins, is refused. The verdict is the same for every way the bytes may be split.
package struct ResponseHeadParser: Sendable {
    private enum Stage {
        case start, statusLine, fields
    }
    private var stage = Stage.start
    private var lineStart = 0
    private var scanned = 0
    private var blockStart = 0
    private var connection = ConnectionFields()

    package init() {}

    package mutating func reset() { self = ResponseHeadParser() }

    /// Nothing of a head has been looked at since the last one.
    package var isFresh: Bool { stage == .start }

    /// Parses what has arrived of a head; see ``RequestHeadParser/parse(_:limits:into:)`` for the manner. Ready for the next
    /// head once one is complete, as several may answer one request.
    ///
    /// - Parameters:
    ///   - limits: `requestLine` bounds the status line.
    ///   - method: the request's, which decides with the status whether there is a body.
    package mutating func parse(
        _ bytes: UnsafeRawBufferPointer, limits: HeadLimits, method: Method, into head: inout ResponseHead
    ) throws(ResponseError) -> Bool {
        if stage == .start {
            head.reset()
            stage = .statusLine
        }
        if stage == .statusLine {
            let limit = limits.requestLine &+ 2
            guard let end = try lineEnd(in: bytes, before: limit, orRefuse: "the status line is too long") else {
                return false
            }
            try head.parseStatusLine(bytes, end)
            stage = .fields
            lineStart = end &+ 2
            scanned = lineStart
            blockStart = lineStart
        }
        while true {
            if head.fields.count >= limits.headerCount, lineStart < bytes.count, bytes[lineStart] != UInt8(ascii: "\r")
            {
                throw ResponseError("too many header fields")
            }
            let limit = blockStart &+ limits.headerBytes
            guard let end = try lineEnd(in: bytes, before: limit, orRefuse: "the header block is too large") else {
                return false
            }
            if end == lineStart {
                try head.finish(connection, method: method)
                head.byteCount = end &+ 2
                reset()
                return true
            }
            let field: Field
            do throws(FieldLineFault) {
                field = try Field(line: bytes, lineStart, end)
            } catch {
                throw ResponseError(error.reason)
            }
            try head.take(field, from: bytes, &connection)
            lineStart = end &+ 2
            scanned = lineStart
        }
    }

    private mutating func lineEnd(
        in bytes: UnsafeRawBufferPointer, before limit: Int, orRefuse tooLong: StaticString
    ) throws(ResponseError) -> Int? {
        do throws(HeadLineFault) {
            return try bytes.lineEnd(scanned: &scanned, before: limit)
        } catch {
            throw ResponseError(error == .tooLong ? tooLong : error.reason)
        }
    }
}

// What the lines of the head mean.
extension ResponseHead {
    /// `HTTP/1.1 200 OK`. The blank before a reason that is empty may be missing: many leave it out.
    fileprivate mutating func parseStatusLine(
        _ bytes: UnsafeRawBufferPointer, _ end: Int
    ) throws(ResponseError) {
        guard end >= 8, bytes.slice(0, 5).equals("HTTP/"), bytes[5].isDigit, bytes[6] == UInt8(ascii: "."),
            bytes[7].isDigit
        else { throw ResponseError("no HTTP status line") }
        guard bytes[5] == UInt8(ascii: "1") else { throw ResponseError("not a version of HTTP/1") }
        guard end >= 12, bytes[8] == UInt8(ascii: " "), let status = bytes.decimal(9, 12), status >= 100,
            end == 12 || bytes[12] == UInt8(ascii: " ")
        else { throw ResponseError("a malformed status") }
        isHTTP11 = bytes[7] != UInt8(ascii: "0")
        self.status = UInt16(truncatingIfNeeded: status)
        let (lower, upper) = bytes.trimmed(12, end)
        reason = lower < upper ? ByteRange(lower, upper) : nil
    }

    fileprivate mutating func take(
        _ field: Field, from bytes: UnsafeRawBufferPointer, _ connection: inout ConnectionFields
    ) throws(ResponseError) {
        switch field.id {
        case .connection: takeConnection(field.value.in(bytes), &connection)
        case .keepAlive: takeKeepAlive(field.value.in(bytes))
        case .contentLength:
            guard contentLength == nil else { throw ResponseError("more than one Content-Length") }
            guard let length = bytes.decimal(field.value.lowerBound, field.value.upperBound) else {
                throw ResponseError("a malformed Content-Length")
            }
            contentLength = length
        case .transferEncoding:
            // RFC 9112, 6.1: in HTTP/1.0 the framing is to be taken as faulty.
            guard isHTTP11 else { throw ResponseError("Transfer-Encoding in HTTP/1.0") }
            do throws(TransferCodingFault) {
                try connection.takeTransferEncoding(field.value.in(bytes))
            } catch {
                throw ResponseError(error.reason)
            }
        default: break
        }
        fields.append(field)
    }

    /// Notes what is named, so that passing the fields on looks at the names once more only where it has to.
    private mutating func takeConnection(_ value: UnsafeRawBufferPointer, _ connection: inout ConnectionFields) {
        connection.takeConnection(value)
        var options = TokenList(value)
        while let option = options.next() {
            guard option.count > 0, option.allSatisfy(\.isToken) else { continue }
            let id = FieldID(name: option)
            if id != .other {
                named.insert(id)
            } else if !option.equalsIgnoringCase("close") {
                namesOthers = true
            }
        }
    }

    private mutating func takeKeepAlive(_ value: UnsafeRawBufferPointer) {
        var parameters = TokenList(value)
        while let parameter = parameters.next() {
            guard parameter.count > 8, parameter.slice(0, 8).equalsIgnoringCase("timeout="),
                let seconds = parameter.decimal(8, parameter.count)
            else { continue }
            keepAliveSeconds = UInt32(clamping: seconds)
        }
    }

    /// Called at the empty line that ends the head: RFC 9112, 6.3, but that what is ambiguous there is refused.
    fileprivate mutating func finish(_ connection: ConnectionFields, method: Method) throws(ResponseError) {
        if connection.hasTransferEncoding {
            guard contentLength == nil else { throw ResponseError("both Content-Length and Transfer-Encoding") }
            guard connection.isChunked else { throw ResponseError("the last transfer coding is not chunked") }
            guard !connection.hasOtherCoding else { throw ResponseError("a transfer coding other than chunked") }
        }
        if status < 200 || status == 204 {
            // RFC 9110, 8.6 and RFC 9112, 6.1: a server that announces a body here may well send one.
            guard !connection.hasTransferEncoding, contentLength ?? 0 == 0 else {
                throw ResponseError("a body announced with a status that has none")
            }
            contentLength = nil
        }
        // RFC 9110, 7.8: it says which protocol follows.
        guard status != 101 || fields.contains(.upgrade) else { throw ResponseError("101 without an Upgrade field") }

        if status < 200 || status == 204 || status == 304 || method == .head {
            framing = .none
        } else if connection.hasTransferEncoding {
            framing = .chunked
        } else if let contentLength {
            framing = .length(contentLength)
        } else {
            framing = .untilClose
        }
        keepAlive = !connection.close && (isHTTP11 || connection.keepAlive) && framing != .untilClose && status != 101
    }
}

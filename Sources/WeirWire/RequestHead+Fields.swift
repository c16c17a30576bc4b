// What single fields mean for the connection and for the body's framing.
extension RequestHead {
    @inline(__always)
    mutating func take(
        _ field: Field, from bytes: UnsafeRawBufferPointer, _ body: inout ConnectionFields
    ) throws(RequestError) {
        switch field.id {
        case .host: try takeHost(field, from: bytes)
        case .connection: body.takeConnection(field.value.in(bytes))
        case .contentLength:
            // RFC 9112, 6.3 lets a server fold equal repeats into one. Nobody sends them by accident.
            guard !fields.contains(.contentLength) else { throw .bad("more than one Content-Length") }
            guard let length = bytes.decimal(field.value.lowerBound, field.value.upperBound) else {
                throw .bad("a malformed Content-Length")
            }
            body.length = length
        case .transferEncoding: try takeTransferEncoding(field, from: bytes, &body)
        case .expect:
            // RFC 9110, 10.1.1: an expectation in HTTP/1.0 is ignored.
            guard isHTTP11 else { break }
            guard field.value.in(bytes).equalsIgnoringCase("100-continue") else {
                throw RequestError(status: 417, reason: "an unknown expectation")
            }
            body.expectsContinue = true
        case .contentType, .authorization, .range, .ifRange, .ifModifiedSince, .ifUnmodifiedSince:
            // RFC 9110, 5.3: these are no lists, and which of two values counts would be anybody's guess.
            guard !fields.contains(field.id) else { throw .bad("a field that may occur once occurs twice") }
        default: break
        }
        fields.append(field)
    }

    /// Called at the empty line that ends the head: judges what the fields say together.
    mutating func finish(_ bytes: UnsafeRawBufferPointer, _ body: ConnectionFields) throws(RequestError) {
        if isHTTP11, !fields.contains(.host) { throw .bad("no Host field") }
        if body.hasTransferEncoding {
            guard body.length == nil else { throw .bad("both Content-Length and Transfer-Encoding") }
            // RFC 9112, 6.3: without chunked as the last coding the body's end cannot be known.
            guard body.isChunked else { throw .bad("the last transfer coding is not chunked") }
            guard !body.hasOtherCoding else {
                throw RequestError(status: 501, reason: "a transfer coding other than chunked")
            }
            framing = .chunked
        } else if let length = body.length {
            framing = .length(length)
        }
        keepAlive = !body.close && (isHTTP11 || body.keepAlive)
        expectsContinue = body.expectsContinue && framing != .none && framing != .length(0)
        requestsUpgrade = body.upgrade && isHTTP11 && fields.contains(.upgrade)
    }

    private mutating func takeHost(_ field: Field, from bytes: UnsafeRawBufferPointer) throws(RequestError) {
        guard !fields.contains(.host) else { throw .bad("more than one Host field") }
        guard Authority.isValid(field.value.in(bytes)) else { throw .bad("a malformed Host field") }
        // RFC 9112, 3.2.2: an absolute form's authority replaces the field's.
        if form != .absolute { authority = field.value }
    }

    private func takeTransferEncoding(
        _ field: Field, from bytes: UnsafeRawBufferPointer, _ body: inout ConnectionFields
    ) throws(RequestError) {
        // RFC 9112, 6.1: from a client of HTTP/1.0 the framing is to be taken as faulty.
        guard isHTTP11 else { throw .bad("Transfer-Encoding in HTTP/1.0") }
        do throws(TransferCodingFault) {
            try body.takeTransferEncoding(field.value.in(bytes))
        } catch {
            throw .bad(error.reason)
        }
    }
}

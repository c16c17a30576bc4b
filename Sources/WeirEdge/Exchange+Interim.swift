import NIOCore
import WeirWire

/// Answers before the answer, and fields behind it.
extension Exchange {
    /// Most interim answers of one request; more are dropped.
    private static let interimLimit = 16

    /// Passes an interim answer on, such as 103 Early Hints: to clients of HTTP/1.1, and before the answer's head. Weir says
    /// `100 Continue` itself, and an upgrade is no interim answer.
    package func sendInterim(from head: ResponseHead, in bytes: UnsafeRawBufferPointer) {
        guard let connection, self.head.isHTTP11, !answer.hasHead, head.isInterim, head.status != 100,
            answer.interimCount < Self.interimLimit
        else { return }
        answer.interimCount += 1
        var out = ByteBuffer()
        out.writeStaticString("HTTP/1.1 ")
        out.write(decimal: Int(head.status))
        out.writeStaticString(" ")
        if let reason = head.reason { out.writeBytes(reason.in(bytes)) }
        out.writeStaticString("\r\n")
        for field in head.fields where head.isForwarded(field, in: bytes) { out.write(field, of: bytes) }
        out.writeStaticString("\r\n")
        connection.write(out)
        connection.flushIfNeeded()
    }

    /// The client has said that it reads fields behind a body.
    package var acceptsTrailers: Bool {
        guard self.head.isHTTP11, head.fields.contains(.te) else { return false }
        return headBytes.withUnsafeBytes { bytes in
            head.fields.contains { field in
                guard field.id == .te else { return false }
                var codings = TokenList(field.value.in(bytes))
                while let coding = codings.next() {
                    if coding.equalsIgnoringCase("trailers") { return true }
                }
                return false
            }
        }
    }

    /// Fields to go behind the body, before ``end()``: only those that may (see `TrailerFields`). Dropped unless the client
    /// reads them and the body has no declared length.
    package func trailers(_ fields: some Sequence<Field>, in bytes: UnsafeRawBufferPointer) {
        guard !isAbandoned, acceptsTrailers else { return }
        for field in fields { answer.trailers.write(field, of: bytes) }
    }
}

extension ByteBuffer {
    /// A line of a head.
    mutating func write(_ field: Field, of bytes: UnsafeRawBufferPointer) {
        writeBytes(field.name.in(bytes))
        writeStaticString(": ")
        writeBytes(field.value.in(bytes))
        writeStaticString("\r\n")
    }
}

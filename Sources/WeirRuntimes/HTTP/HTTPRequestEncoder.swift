import NIOCore
import WeirEdge
import WeirWire

/// Encodes a request as HTTP/1.1 for a program behind Weir, straight into the exchange's own buffer: the target and the
/// end-to-end fields as the client sent them, framing and what tells of the client written anew.
struct HTTPRequestEncoder: RequestEncoder {
    /// Fills `exchange.encoded`: everything but a body that is in a file or still arrives.
    func encode(_ exchange: Exchange, requestID: UInt16) {
        let body = exchange.isStreaming ? ByteBuffer() : exchange.body.memory
        exchange.encoded.clear()
        exchange.headBytes.withUnsafeBytes { bytes in
            let forwarding = ForwardingFields(exchange, in: bytes)
            let bound = Self.upperBound(exchange, forwarding, body: body.readableBytes)
            _ = exchange.encoded.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { memory in
                var writer = ByteWriter(memory)
                writeRequestLine(exchange, bytes, to: &writer)
                writer.write("Host: ")
                writer.write(exchange.head.authority.in(bytes))
                writer.write("\r\n")
                writeFields(exchange, bytes, to: &writer)
                forwarding.write(to: &writer)
                writeConnection(exchange, bytes, to: &writer)
                writeFraming(exchange, to: &writer)
                writer.write("\r\n")
                body.withUnsafeReadableBytes { writer.write($0) }
                return writer.count
            }
        }
    }

    /// Every field may grow by the blank after its colon.
    private static func upperBound(_ exchange: Exchange, _ forwarding: ForwardingFields, body: Int) -> Int {
        exchange.head.byteCount + 2 * exchange.head.fields.count + Int(exchange.head.authority.count)
            + forwarding.byteCountMax + body + 256
    }

    /// An absolute form becomes what a server is asked with (RFC 9112, 3.2.1).
    private func writeRequestLine(_ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        writer.write(exchange.head.methodRange.in(bytes))
        writer.write(" ")
        if exchange.head.form == .absolute {
            let path = exchange.head.path.in(bytes)
            if path.isEmpty { writer.write("/") } else { writer.write(path) }
            if let query = exchange.head.query {
                writer.write("?")
                writer.write(query.in(bytes))
            }
        } else {
            writer.write(exchange.head.target.in(bytes))
        }
        writer.write(" HTTP/1.1\r\n")
    }

    private func writeFields(_ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        let fields = exchange.head.fields
        let namesFields = connectionNamesFields(fields, bytes)
        for field in fields where isForwarded(field, of: exchange, in: bytes) {
            if namesFields && HopByHop.isNamed(field, by: fields, in: bytes) { continue }
            writer.write(field.name.in(bytes))
            writer.write(": ")
            writer.write(field.value.in(bytes))
            writer.write("\r\n")
        }
    }

    /// What Connection names beside these options are fields for Weir alone.
    private func connectionNamesFields(_ fields: Fields, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard fields.contains(.connection) else { return false }
        for field in fields where field.id == .connection {
            var options = TokenList(field.value.in(bytes))
            while let option = options.next() {
                if !Self.isOption(option) { return true }
            }
        }
        return false
    }

    private static func isOption(_ option: UnsafeRawBufferPointer) -> Bool {
        switch option.count {
        case 5: option.equalsIgnoringCase("close")
        case 7: option.equalsIgnoringCase("upgrade")
        case 10: option.equalsIgnoringCase("keep-alive")
        default: false
        }
    }

    /// For the next hop only, or written anew. `Proxy` would become the variable HTTP_PROXY in a CGI program behind the
    /// program. Of a request's trailer fields nobody is told.
    private static let ownFields: FieldIDSet = [
        .host, .connection, .keepAlive, .te, .trailer, .transferEncoding, .contentLength, .upgrade, .expect,
        .http2Settings, .proxy, .proxyConnection, .proxyAuthorization,
        .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xRealIP, .xRequestID,
    ]

    private func isForwarded(_ field: Field, of exchange: Exchange, in bytes: UnsafeRawBufferPointer) -> Bool {
        if Self.ownFields.contains(field.id) { return false }
        // Many programs read `_` as `-`: such a name could stand for any field that Weir writes or leaves out.
        guard field.hasPlainName else { return false }
        if field.id == .xForwardedPort { return exchange.isFromTrustedProxy }
        guard field.id == .other else { return true }
        let name = field.name.in(bytes)
        if name.starts(withLowercase: "proxy-") { return false }
        return exchange.isFromTrustedProxy || !name.starts(withLowercase: "x-forwarded-")
    }

    private func writeConnection(_ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        if exchange.wantsUpgrade, let upgrade = exchange.field(.upgrade) {
            writer.write("Connection: upgrade\r\nUpgrade: ")
            writer.write(upgrade.value.in(bytes))
            writer.write("\r\n")
        } else if exchange.acceptsTrailers {
            writer.write("Connection: te\r\nTE: trailers\r\n")
        }
    }

    private func writeFraming(_ exchange: Exchange, to writer: inout ByteWriter) {
        switch exchange.head.framing {
        case .none: return
        case .chunked where exchange.isStreaming: writer.write("Transfer-Encoding: chunked\r\n")
        case .length(let length) where exchange.isStreaming: writeLength(length, to: &writer)
        case .length, .chunked: writeLength(UInt64(exchange.body.count), to: &writer)
        }
    }

    private func writeLength(_ length: UInt64, to writer: inout ByteWriter) {
        writer.write("Content-Length: ")
        writer.write(decimal: length)
        writer.write("\r\n")
    }
}

extension UnsafeRawBufferPointer {
    /// `prefix` is of lower-case letters and `-`; the bytes are a field's name.
    fileprivate func starts(withLowercase prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount
            && UnsafeRawBufferPointer(rebasing: self[..<prefix.utf8CodeUnitCount]).equalsIgnoringCase(prefix)
    }
}

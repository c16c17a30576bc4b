import WeirEdge
import WeirWire

/// What a program is told of the client and of the way its request has come. What the client itself says of that is
/// replaced; what a trusted proxy says is kept, and Weir's part added.
///
/// The proxy maintains X-Forwarded-For or Forwarded and may pass the other one on as the client sent it: see
/// `TrustedProxies`, which goes by the same rule.
struct ForwardingFields {
    private let exchange: Exchange
    private let bytes: UnsafeRawBufferPointer
    /// Of the client; empty when it has none, behind a unix socket.
    private let client: [UInt8]
    /// Of who has sent the request here, which may be a proxy; empty as above.
    private let peer: [UInt8]
    private let keepsFor: Bool
    private let keepsForwarded: Bool

    /// `bytes`: the request's head.
    init(_ exchange: Exchange, in bytes: UnsafeRawBufferPointer) {
        self.exchange = exchange
        self.bytes = bytes
        peer = exchange.connection.flatMap { $0.peer.isLocal ? nil : $0.peer.address } ?? []
        client = exchange.forwardedAddress.isEmpty ? peer : exchange.forwardedAddress
        keepsFor = Self.keeps(.xForwardedFor, of: exchange)
        keepsForwarded = !keepsFor && Self.keeps(.forwarded, of: exchange)
    }

    private static func keeps(_ id: FieldID, of exchange: Exchange) -> Bool {
        exchange.isFromTrustedProxy && exchange.head.fields.contains(id)
            && exchange.head.fields.contains { $0.id == id && !$0.value.isEmpty }
    }

    /// The head is counted for what is kept of it, and for the joints.
    var byteCountMax: Int {
        exchange.head.byteCount + 2 * exchange.head.fields.count + 2 * Int(exchange.head.authority.count)
            + 4 * (client.count + peer.count) + exchange.requestID.count + 256
    }

    func write(to writer: inout ByteWriter) {
        writeFor(to: &writer)
        writer.write("X-Forwarded-Proto: ")
        writer.write(scheme)
        writer.write("\r\nX-Forwarded-Host: ")
        writer.write(host)
        if !client.isEmpty {
            writer.write("\r\nX-Real-IP: ")
            writer.write(client)
        }
        writeForwarded(to: &writer)
        writer.write("\r\nVia: ")
        writer.write(exchange.head.isHTTP11 ? "1.1 weir" : "1.0 weir")
        writer.write("\r\nX-Request-Id: ")
        writer.write(exchange.requestID)
        writer.write("\r\n")
    }

    private var scheme: StaticString { exchange.isSecure ? "https" : "http" }

    /// The one that the client has asked for.
    private var host: UnsafeRawBufferPointer {
        let sent = exchange.isFromTrustedProxy ? exchange.head.fields.last { $0.id == .xForwardedHost } : nil
        return (sent?.value ?? exchange.head.authority).in(bytes)
    }

    private func writeFor(to writer: inout ByteWriter) {
        guard keepsFor || !client.isEmpty else { return }
        writer.write("X-Forwarded-For: ")
        if keepsFor {
            writeAll(.xForwardedFor, to: &writer)
        } else {
            writer.write(client)
        }
        if exchange.isFromTrustedProxy, !peer.isEmpty, keepsFor || client != peer {
            writer.write(", ")
            writer.write(peer)
        }
        writer.write("\r\n")
    }

    /// One element for the client, or the proxy's own ones with one for the proxy (RFC 7239).
    private func writeForwarded(to writer: inout ByteWriter) {
        writer.write("\r\nForwarded: ")
        if keepsForwarded {
            writeAll(.forwarded, to: &writer)
            writer.write(", for=")
            writeNode(peer, to: &writer)
        } else {
            writer.write("for=")
            writeNode(client, to: &writer)
            if !exchange.head.authority.isEmpty {
                writer.write(";host=\"")
                writer.write(exchange.head.authority.in(bytes))
                writer.write("\"")
            }
            writer.write(";proto=")
            writer.write(scheme)
        }
    }

    /// An IPv6 address has to be quoted, in brackets.
    private func writeNode(_ address: [UInt8], to writer: inout ByteWriter) {
        if address.isEmpty {
            writer.write("unknown")
        } else if address.contains(UInt8(ascii: ":")) {
            writer.write("\"[")
            writer.write(address)
            writer.write("]\"")
        } else {
            writer.write(address)
        }
    }

    private func writeAll(_ id: FieldID, to writer: inout ByteWriter) {
        var isFirst = true
        for field in exchange.head.fields where field.id == id && !field.value.isEmpty {
            if !isFirst { writer.write(", ") }
            writer.write(field.value.in(bytes))
            isFirst = false
        }
    }
}

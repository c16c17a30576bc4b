import WeirWire

/// What a proxy in front says of a request is believed when its address is trusted, and only then.
///
/// `X-Forwarded-For` goes before `Forwarded`. A proxy maintains one of the two and passes the other on as the client sent
/// it; nearly all maintain the former, so that the latter counts only where the former is absent.
enum TrustedProxies {
    static func apply(_ trusted: [AddressBlock], peer: Peer, to exchange: Exchange) {
        guard !trusted.isEmpty, isTrusted(peer: peer.address, by: trusted) else { return }
        exchange.isFromTrustedProxy = true
        exchange.headBytes.withUnsafeBytes { bytes in
            let fields = exchange.head.fields
            let isMaintained = fields.contains(.xForwardedFor)
            let client =
                isMaintained
                ? ForwardedFields.client(xForwardedForOf: fields, in: bytes) { isTrusted($0, by: trusted) }
                : ForwardedFields.client(forwardedOf: fields, in: bytes) { isTrusted($0, by: trusted) }
            if let client { exchange.forwardedAddress.append(contentsOf: client.range.in(bytes)) }
            let proto = fields.last { $0.id == .xForwardedProto }?.value ?? client?.proto
            exchange.isSecure = proto.map { $0.in(bytes).elementsEqual("https".utf8) } ?? false
        }
    }

    private static func isTrusted(peer text: [UInt8], by trusted: [AddressBlock]) -> Bool {
        // A unix socket has no address: whoever may open it is on this machine.
        if text.elementsEqual("unix".utf8) { return true }
        return text.withUnsafeBytes { IPAddress($0) }.map { isTrusted($0, by: trusted) } ?? false
    }

    private static func isTrusted(_ address: IPAddress, by trusted: [AddressBlock]) -> Bool {
        trusted.contains { $0.contains(address) }
    }
}

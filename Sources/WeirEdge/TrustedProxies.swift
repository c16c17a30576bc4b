import WeirConfig
import WeirWire

/// What a proxy in front says of a request is believed when its address is trusted, and only then.
enum TrustedProxies {
    static func apply(_ trusted: [AddressRange], peer: Peer, to exchange: Exchange) {
        guard !trusted.isEmpty, isTrusted(peer: peer.address, by: trusted) else { return }
        exchange.headBytes.withUnsafeBytes { bytes in
            let fields = exchange.head.fields
            let standard = ForwardedFields.client(forwardedOf: fields, in: bytes) { isTrusted($0, by: trusted) }
            let common = ForwardedFields.client(xForwardedForOf: fields, in: bytes) { isTrusted($0, by: trusted) }
            if let client = standard ?? common { exchange.forwardedAddress.append(contentsOf: client.range.in(bytes)) }
            let proto = standard?.proto ?? fields.first(.xForwardedProto)?.value
            exchange.isSecure = proto.map { $0.in(bytes).elementsEqual("https".utf8) } ?? false
        }
    }

    private static func isTrusted(peer text: [UInt8], by trusted: [AddressRange]) -> Bool {
        // A unix socket has no address: whoever may open it is on this machine.
        if text.elementsEqual("unix".utf8) { return true }
        return text.withUnsafeBytes { IPAddress($0) }.map { isTrusted($0, by: trusted) } ?? false
    }

    private static func isTrusted(_ address: IPAddress, by trusted: [AddressRange]) -> Bool {
        trusted.contains { $0.contains(address) }
    }
}

extension AddressRange {
    func contains(_ address: IPAddress) -> Bool {
        let isV4 = bytes.count == 4
        guard address.isV4 == isV4 else { return false }
        return (0..<prefix).allSatisfy { bit in
            let own = bytes[bit / 8] >> UInt8(7 - bit % 8) & 1
            let position = isV4 ? bit + 96 : bit
            let word = position < 64 ? address.high : address.low
            return UInt64(own) == word >> UInt64(63 - position % 64) & 1
        }
    }
}

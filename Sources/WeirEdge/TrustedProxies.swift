import Glibc
import WeirConfig
import WeirWire

/// What a proxy in front says of a request is believed when its address is trusted, and only then.
enum TrustedProxies {
    static func apply(_ trusted: [AddressRange], peer: Peer, to exchange: Exchange) {
        guard !trusted.isEmpty, isTrusted(peer.address, by: trusted) else { return }
        exchange.headBytes.withUnsafeBytes { bytes in
            let said = ForwardedFields(exchange.head, in: bytes) { address in isTrusted(Array(address), by: trusted) }
            if let client = said.client { exchange.forwardedAddress.append(contentsOf: client) }
            exchange.isSecure = said.isSecure
        }
    }

    private static func isTrusted(_ text: [UInt8], by trusted: [AddressRange]) -> Bool {
        // A unix socket has no address: whoever may open it is on this machine.
        if text.elementsEqual("unix".utf8) { return true }
        guard let address = parse(text) else { return false }
        return trusted.contains { $0.contains(address) }
    }

    private static func parse(_ text: [UInt8]) -> [UInt8]? {
        let terminated = text.map { CChar(bitPattern: $0) } + [0]
        var v4 = in_addr()
        if inet_pton(AF_INET, terminated, &v4) == 1 { return withUnsafeBytes(of: &v4) { Array($0) } }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, terminated, &v6) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &v6) { Array($0) }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        return isMapped ? Array(bytes[12...]) : bytes
    }
}

extension AddressRange {
    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == bytes.count else { return false }
        let whole = prefix / 8
        guard address[..<whole].elementsEqual(bytes[..<whole]) else { return false }
        let rest = prefix % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xff00 >> rest)
        return address[whole] & mask == bytes[whole] & mask
    }
}

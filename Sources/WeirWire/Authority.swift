/// A host and perhaps a port, as in the Host field (RFC 9110, 7.2).
package enum Authority {
    /// Whether `bytes` is a host name, an IPv4 address or a bracketed IPv6 address, and perhaps a port.
    ///
    /// Narrower than RFC 3986: no user information, no sub-delimiters, no escapes, and never empty.
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let hostEnd = hostEnd(bytes) else { return false }
        if hostEnd == bytes.count { return true }
        // "host:" is allowed and means the scheme's own port.
        let portStart = hostEnd &+ 1
        if portStart == bytes.count { return true }
        guard bytes.count &- portStart <= 5, let port = bytes.decimal(portStart, bytes.count) else { return false }
        return port <= 65_535
    }

    /// How many bytes of a valid authority are its host, brackets included.
    package static func hostCount(_ bytes: UnsafeRawBufferPointer) -> Int { hostEnd(bytes) ?? bytes.count }

    /// Where the host ends: at a colon or at the end.
    private static func hostEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count > 0 else { return nil }
        var index = 0
        if bytes[0] == UInt8(ascii: "[") {
            index = 1
            while index < bytes.count, bytes[index].isAddressByte { index &+= 1 }
            // "[::]" is the shortest address.
            guard index >= 3, index < bytes.count, bytes[index] == UInt8(ascii: "]") else { return nil }
            index &+= 1
        } else {
            while index < bytes.count, bytes[index].isHostName { index &+= 1 }
            guard index > 0 else { return nil }
        }
        return index == bytes.count || bytes[index] == UInt8(ascii: ":") ? index : nil
    }
}

extension UInt8 {
    /// What an IPv6 address is written with, an embedded IPv4 address included.
    fileprivate var isAddressByte: Bool {
        hexValue != nil || self == UInt8(ascii: ":") || self == UInt8(ascii: ".")
    }
}

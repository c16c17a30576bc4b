/// An IPv4 or IPv6 address as one number. IPv4 is held as IPv4-mapped IPv6, so that `10.0.0.1` and `::ffff:10.0.0.1`,
/// which a socket open to both shows for it, are the same address.
package struct IPAddress: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4: UInt32) { self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(v4)) }

    package var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Parses an address without brackets, port or zone. No octal: a leading zero is refused, as programs disagree on
    /// it.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        if let v4 = Self.parseV4(bytes, 0, bytes.count) {
            self.init(v4: v4)
        } else if let (high, low) = Self.parseV6(bytes) {
            self.init(high: high, low: low)
        } else {
            return nil
        }
    }

    package init?(_ text: String) {
        var text = text
        guard let address = text.withUTF8({ IPAddress(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = address
    }

    private static func parseV4(_ bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int) -> UInt32? {
        var value: UInt32 = 0
        var index = lower
        for part in 0..<4 {
            let start = index
            while index < upper, bytes[index].isDigit { index &+= 1 }
            guard index &- start <= 3, let number = bytes.decimal(start, index), number <= 255 else { return nil }
            guard index &- start == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
            value = value << 8 | UInt32(number)
            guard part < 3 else { break }
            guard index < upper, bytes[index] == UInt8(ascii: ".") else { return nil }
            index &+= 1
        }
        return index == upper ? value : nil
    }

    private static func parseV6(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64)? {
        let colon = UInt8(ascii: ":")
        // Groups before "::" are shifted in from the right, those after it are counted to find out how far to shift.
        var address = Accumulator()
        var gap: Accumulator?
        var index = 0
        guard bytes.count >= 2 else { return nil }
        if bytes[0] == colon {
            guard bytes[1] == colon else { return nil }
            gap = address
            address = Accumulator()
            index = 2
        }
        while index < bytes.count {
            let start = index
            var group: UInt64 = 0
            while index < bytes.count, let digit = bytes[index].hexValue {
                group = group << 4 | UInt64(digit)
                index &+= 1
                guard index &- start <= 4 else { return nil }
            }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard let v4 = parseV4(bytes, start, bytes.count) else { return nil }
                address.append(UInt64(v4 >> 16))
                address.append(UInt64(v4 & 0xFFFF))
                index = bytes.count
                break
            }
            guard index > start else { return nil }
            address.append(group)
            guard index < bytes.count else { break }
            guard bytes[index] == colon, index &+ 1 < bytes.count else { return nil }
            index &+= 1
            if bytes[index] == colon {
                guard gap == nil else { return nil }
                gap = address
                address = Accumulator()
                index &+= 1
            }
        }
        guard let before = gap else { return address.groups == 8 ? (address.high, address.low) : nil }
        guard before.groups &+ address.groups <= 7 else { return nil }
        var front = before
        for _ in before.groups..<8 { front.append(0) }
        return (front.high | address.high, front.low | address.low)
    }

    private struct Accumulator {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var groups = 0

        mutating func append(_ group: UInt64) {
            high = high << 16 | low >> 48
            low = low << 16 | group
            groups &+= 1
        }
    }
}

/// Addresses that share their first bits, as in `10.0.0.0/8`.
package struct AddressBlock: Hashable, Sendable {
    package let address: IPAddress
    /// Of 128 bits; an IPv4 prefix is 96 longer here than it is written.
    package let prefix: Int

    /// Parses an address, perhaps with `/` and a prefix; a lone address is a block of one.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        var prefix = 128
        if parts.count == 2 {
            guard let written = Int(parts[1]), parts[1].utf8.allSatisfy(\.isDigit),
                written <= (address.isV4 ? 32 : 128)
            else { return nil }
            prefix = address.isV4 ? written + 96 : written
        }
        self.address = address
        self.prefix = prefix
    }

    package func contains(_ other: IPAddress) -> Bool {
        let highBits = Swift.min(prefix, 64)
        let lowBits = prefix - highBits
        // A shift by 64 gives 0, as Swift's `<<` is defined for it.
        let highMask = ~UInt64(0) << UInt64(64 - highBits)
        let lowMask = ~UInt64(0) << UInt64(64 - lowBits)
        return (address.high ^ other.high) & highMask == 0 && (address.low ^ other.low) & lowMask == 0
    }
}

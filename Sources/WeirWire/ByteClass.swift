/// What a byte may be part of. Bit masks instead of tables: a constant needs neither memory nor a lazy initialiser.
extension UInt8 {
    /// RFC 9110, 5.6.2: the characters of methods and field names.
    @inline(__always)
    var isToken: Bool {
        // Bits 0–63: ! # $ % & ' * + - . 0–9. Bits 64–127: A–Z ^ _ ` a–z | ~.
        let mask: UInt64 = self < 0x40 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return self < 0x80 && (mask &>> UInt64(self & 0x3F)) & 1 != 0
    }

    /// Letters, digits and `-`: the names that map to one CGI variable and to no other.
    @inline(__always)
    var isPlainNameByte: Bool {
        let mask: UInt64 = self < 0x40 ? 0x03FF_2000_0000_0000 : 0x07FF_FFFE_07FF_FFFE
        return self < 0x80 && (mask &>> UInt64(self & 0x3F)) & 1 != 0
    }

    /// Visible ASCII but `#`: a target is sent without its fragment.
    ///
    /// Wider than RFC 3986 on purpose: browsers send `|`, `"`, `{` and `^` unescaped, and no parser splits at them.
    @inline(__always)
    var isTarget: Bool { self &- 0x21 < 0x5E && self != UInt8(ascii: "#") }

    /// Letters, digits, `-`, `.` and `_`. RFC 3986 also allows sub-delimiters and escapes in a registered name, but DNS
    /// knows none of them, and applications print what they find here into links.
    @inline(__always)
    var isHostName: Bool {
        let mask: UInt64 = self < 0x40 ? 0x03FF_6000_0000_0000 : 0x07FF_FFFE_87FF_FFFE
        return self < 0x80 && (mask &>> UInt64(self & 0x3F)) & 1 != 0
    }

    @inline(__always)
    var isDigit: Bool { self &- 0x30 < 10 }

    @inline(__always)
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// Control characters but TAB: what no field value may carry.
    @inline(__always)
    var isControl: Bool { (self < 0x20 && self != 0x09) || self == 0x7F }

    /// The value of a hexadecimal digit.
    @inline(__always)
    var hexValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let lower = self | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x61 &+ 10 : nil
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    func slice(_ lower: Int, _ upper: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[lower..<upper])
    }

    /// Compares exactly.
    @inline(__always)
    func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        let expected = literal.utf8Start
        for index in 0..<count where self[index] != expected[index] { return false }
        return true
    }

    /// Compares letters without regard to case. `literal` is lower case and made of letters, digits and `-`.
    ///
    /// Setting bit 5 folds the case; it also folds a few control characters onto digits and `-`, so this is for bytes
    /// already known to be free of them.
    @inline(__always)
    package func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        let expected = literal.utf8Start
        for index in 0..<count where self[index] | 0x20 != expected[index] { return false }
        return true
    }

    /// Compares letters of two names without regard to case; both are made of token characters.
    package func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count {
            let (left, right) = (self[index], other[index])
            if left == right { continue }
            let folded = left | 0x20
            guard folded == right | 0x20, folded &- 0x61 < 26 else { return false }
        }
        return true
    }

    /// The first control character (TAB is none) in `lower..<upper`, or `upper`. Looks at eight bytes at a time.
    func firstControl(from lower: Int, to upper: Int) -> Int {
        guard let base = baseAddress else { return upper }
        var index = lower
        while index &+ 8 <= upper {
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let below = (word &- 0x2020_2020_2020_2020) & ~word
            let flipped = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let delete = (flipped &- 0x0101_0101_0101_0101) & ~flipped
            // May name a word without need (a TAB, a borrow), never misses one: the bytes decide.
            if (below | delete) & 0x8080_8080_8080_8080 != 0 {
                for offset in 0..<8 where self[index &+ offset].isControl { return index &+ offset }
            }
            index &+= 8
        }
        while index < upper, !self[index].isControl { index &+= 1 }
        return index
    }

    /// `lower..<upper` without the blanks at either end.
    @inline(__always)
    func trimmed(_ lower: Int, _ upper: Int) -> (Int, Int) {
        var (lower, upper) = (lower, upper)
        while lower < upper, self[lower].isBlank { lower &+= 1 }
        while lower < upper, self[upper &- 1].isBlank { upper &-= 1 }
        return (lower, upper)
    }

    /// A run of digits as a number; nil when empty, when anything else occurs, or above `Int64.max`, so that every
    /// consumer may count in `Int`.
    func decimal(_ lower: Int, _ upper: Int) -> UInt64? {
        guard lower < upper else { return nil }
        var value: UInt64 = 0
        for index in lower..<upper {
            guard self[index].isDigit else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(self[index] &- 0x30))
            guard !overflow, !carry, sum <= UInt64(Int64.max) else { return nil }
            value = sum
        }
        return value
    }
}

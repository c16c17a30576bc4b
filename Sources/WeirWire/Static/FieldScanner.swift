/// Walks a field's value by index. No byte is copied.
struct FieldScanner {
    struct EntityTag {
        /// With its quotes.
        var bytes: UnsafeRawBufferPointer
        var isWeak: Bool
    }

    private let bytes: UnsafeRawBufferPointer
    private(set) var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }
    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    mutating func skipBlanks() {
        while index < bytes.count, bytes[index].isBlank { index += 1 }
    }

    /// Blanks and commas: a list may have empty elements (RFC 9110, 5.6.1.2).
    mutating func skipSeparators() {
        while index < bytes.count, bytes[index].isBlank || bytes[index] == UInt8(ascii: ",") { index += 1 }
    }

    /// Skips to the byte, or to the end.
    mutating func skip(to byte: UInt8) {
        while index < bytes.count, bytes[index] != byte { index += 1 }
    }

    /// Letters, digits and `-*`: the names of codings, units and parameters.
    mutating func word() -> UnsafeRawBufferPointer {
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            guard byte.isPlainNameByte || byte == UInt8(ascii: "*") else { break }
            index += 1
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<index])
    }

    /// A run of digits; one too large for `Int` becomes `Int.max`, which lies beyond the end of every file.
    mutating func number() -> Int? {
        let start = index
        var value = 0
        while index < bytes.count, bytes[index].isDigit {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[index] &- 0x30))
            value = overflow || carry ? .max : sum
            index += 1
        }
        return index > start ? value : nil
    }

    mutating func entityTag() -> EntityTag? {
        let isWeak = peek == UInt8(ascii: "W")
        if isWeak {
            index += 1
            guard take(UInt8(ascii: "/")) else { return nil }
        }
        let start = index
        guard take(UInt8(ascii: "\"")) else { return nil }
        skip(to: UInt8(ascii: "\""))
        guard take(UInt8(ascii: "\"")) else { return nil }
        return EntityTag(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<index]), isWeak: isWeak)
    }
}

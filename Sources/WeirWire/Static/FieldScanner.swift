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
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }

    /// Blanks and commas: a list may have empty elements (RFC 9110, 5.6.1.2).
    mutating func skipSeparators() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 || bytes[index] == UInt8(ascii: ",") {
            index += 1
        }
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
            guard byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "*")
            else { break }
            index += 1
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<index])
    }

    /// A run of digits; one too large for `Int` becomes `Int.max`, which lies beyond the end of every file.
    mutating func number() -> Int? {
        let start = index
        var value = 0
        while index < bytes.count, bytes[index] &- 0x30 < 10 {
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

/// Whether `word`, made of letters, digits and `-*`, is `literal`, which is in lower case.
func isWord(_ word: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
    guard word.count == literal.utf8CodeUnitCount else { return false }
    for index in 0..<word.count where word[index] | 0x20 != literal.utf8Start[index] | 0x20 { return false }
    return true
}

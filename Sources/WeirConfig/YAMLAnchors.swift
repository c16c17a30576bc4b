/// Bounds aliases before the parser sees them. It compares keys by their whole content, so a key made of aliases of
/// aliases would keep it busy for ever: 20 aliases multiply a value by at most 3⁶ × 2 = 1458.
enum YAMLAnchors {
    static let aliasesMax = 20
    static let sizeMax = 64 << 10

    /// Why the text is refused. Quotes and comments are not told apart, so what is counted is never too little.
    static func refusal(of text: String) -> String? {
        guard count(UInt8(ascii: "&"), in: text) > 0 else { return nil }
        let aliases = count(UInt8(ascii: "*"), in: text)
        if aliases > aliasesMax { return "\(aliases) aliases (*name); at most \(aliasesMax) are read" }
        if aliases > 0, text.utf8.count > sizeMax { return "a file with aliases (*name) may have 64 KiB at most" }
        return nil
    }

    /// How often the character stands before a name.
    private static func count(_ sigil: UInt8, in text: String) -> Int {
        var count = 0
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if previous == sigil, isNameByte(byte) { count += 1 }
            previous = byte
        }
        return count
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

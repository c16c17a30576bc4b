/// How many columns of a terminal text takes, roughly: East Asian characters and pictures take two, marks none.
enum TextWidth {
    static func of(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + of($1) } }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// Exactly `width` columns: cut with an ellipsis, or filled up.
    static func fit(_ text: String, _ width: Int, right: Bool = false) -> String {
        guard width > 0 else { return "" }
        let own = of(text)
        guard own > width else {
            let space = String(repeating: " ", count: width - own)
            return right ? space + text : text + space
        }
        var cut = ""
        var used = 0
        for character in text {
            let next = of(String(character))
            guard used + next < width else { break }
            cut.append(character)
            used += next
        }
        return cut + "…" + String(repeating: " ", count: width - used - 1)
    }
}

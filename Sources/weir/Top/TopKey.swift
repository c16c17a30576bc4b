/// A key, from the bytes that a terminal sends for it.
enum TopKey: Equatable {
    case character(Character)
    case up, down, enter, escape, backspace

    /// Takes the keys off `bytes`. What may be the beginning of one stays, unless nothing more has come (`isAll`): then
    /// an escape is the key of that name.
    static func take(from bytes: inout [UInt8], isAll: Bool) -> [TopKey] {
        var keys: [TopKey] = []
        while let first = bytes.first {
            switch first {
            case 27:
                guard let key = takeSequence(from: &bytes, isAll: isAll) else { return keys }
                if let key = key { keys.append(key) }
            case 13, 10:
                bytes.removeFirst()
                keys.append(.enter)
            case 127, 8:
                bytes.removeFirst()
                keys.append(.backspace)
            case ..<32: bytes.removeFirst()
            default:
                let length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
                guard bytes.count >= length else {
                    if isAll { bytes.removeAll() }
                    return keys
                }
                if let text = String(validating: bytes.prefix(length), as: UTF8.self), let character = text.first {
                    keys.append(.character(character))
                }
                bytes.removeFirst(length)
            }
        }
        return keys
    }

    /// nil: more is needed; `.some(nil)`: a key that means nothing here.
    private static func takeSequence(from bytes: inout [UInt8], isAll: Bool) -> TopKey?? {
        guard bytes.count > 1 else {
            guard isAll else { return nil }
            bytes.removeFirst()
            return .some(.escape)
        }
        guard bytes[1] == UInt8(ascii: "[") || bytes[1] == UInt8(ascii: "O") else {
            bytes.removeFirst()
            return .some(.escape)
        }
        guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
            guard isAll else { return nil }
            bytes.removeAll()
            return .some(nil)
        }
        let final = bytes[end]
        bytes.removeFirst(end + 1)
        switch final {
        case UInt8(ascii: "A"): return .some(.up)
        case UInt8(ascii: "B"): return .some(.down)
        default: return .some(nil)
        }
    }
}

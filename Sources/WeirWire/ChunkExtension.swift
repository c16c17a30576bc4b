/// Checks what follows the size of a chunk, from its first `;` on (RFC 9112, 7.1.1):
/// names, each with a token or a quoted string as its value. Blanks are let through between these, not before the line
/// end.
struct ChunkExtension: Sendable {
    private enum Stage: Sendable {
        case beforeName, name, afterName, beforeValue, value, quoted, escaped, afterQuote, beforeNext
    }
    private var stage = Stage.beforeName
    private(set) var byteCount = 1

    /// Whether the line may end here.
    var mayEnd: Bool { stage == .name || stage == .value || stage == .afterQuote }

    /// False when no extension can have `byte` here.
    mutating func take(_ byte: UInt8) -> Bool {
        byteCount &+= 1
        switch stage {
        case .beforeName:
            if byte.isBlank { return true }
            stage = .name
            return byte.isToken
        case .name, .afterName:
            if byte == UInt8(ascii: "=") {
                stage = .beforeValue
            } else if byte == UInt8(ascii: ";") {
                stage = .beforeName
            } else if byte.isBlank {
                stage = .afterName
            } else {
                return stage == .name && byte.isToken
            }
        case .beforeValue:
            if byte.isBlank { return true }
            stage = byte == UInt8(ascii: "\"") ? .quoted : .value
            return stage == .quoted || byte.isToken
        case .value:
            if byte == UInt8(ascii: ";") {
                stage = .beforeName
            } else if byte.isBlank {
                stage = .beforeNext
            } else {
                return byte.isToken
            }
        case .quoted:
            if byte == UInt8(ascii: "\"") {
                stage = .afterQuote
            } else if byte == UInt8(ascii: "\\") {
                stage = .escaped
            } else {
                return !byte.isControl
            }
        case .escaped:
            stage = .quoted
            return !byte.isControl
        case .afterQuote, .beforeNext:
            stage = byte.isBlank ? .beforeNext : .beforeName
            return byte.isBlank || byte == UInt8(ascii: ";")
        }
        return true
    }
}

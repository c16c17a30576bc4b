/// Names one request in every log: 16 hexadecimal digits of the process, 16 of the request. Unique, not secret.
package struct RequestID: Sendable {
    private static let process = UInt64.random(in: .min ... .max)

    private var sequence: UInt64

    /// Each loop counts in a range of its own, so that no two loops make the same.
    init(loop: Int) { sequence = UInt64(loop) << 56 }

    mutating func advance() { sequence &+= 1 }

    /// Appends the 32 digits.
    func append(to text: inout [UInt8]) {
        Self.append(Self.process, to: &text)
        Self.append(sequence, to: &text)
    }

    private static func append(_ value: UInt64, to text: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
            text.append(nibble < 10 ? 48 + nibble : 87 + nibble)
        }
    }

    /// Whether a client's own id is fit for logs and headers: 1 to 128 letters, digits, and `-_.:+/=@`.
    static func isAcceptable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard (1...128).contains(bytes.count) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            case 45, 95, 46, 58, 43, 47, 61, 64: true
            default: false
            }
        }
    }
}

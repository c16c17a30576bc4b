/// Names one request in every log: 16 hexadecimal digits of the process, 16 of the request. Unique, not secret.
package struct RequestID: Sendable {
    private static let process = UInt64.random(in: .min ... .max)

    /// The 32 digits. Counting is done in them, as only the last few ever change.
    private(set) var digits: [UInt8]

    /// Each loop counts in a range of its own, so that no two loops make the same.
    init(loop: Int) {
        digits = [Self.process, UInt64(loop) << 56].flatMap { word in
            stride(from: 60, through: 0, by: -4).map { Self.digit(word >> UInt64($0)) }
        }
    }

    mutating func advance() {
        for index in digits.indices.reversed() {
            switch digits[index] {
            case UInt8(ascii: "f"): digits[index] = UInt8(ascii: "0")
            case UInt8(ascii: "9"):
                digits[index] = UInt8(ascii: "a")
                return
            default:
                digits[index] += 1
                return
            }
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
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

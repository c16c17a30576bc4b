/// Appending to a log line without making a `String` on the way.
extension [UInt8] {
    package mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(number: Int) {
        if number < 0 {
            append(UInt8(ascii: "-"))
            return append(magnitude: UInt(bitPattern: 0 &- number))
        }
        append(magnitude: UInt(number))
    }

    private mutating func append(magnitude: UInt) {
        if magnitude >= 10 { append(magnitude: magnitude / 10) }
        append(UInt8(ascii: "0") + UInt8(magnitude % 10))
    }

    /// As seconds with microseconds: `0.001234`.
    package mutating func append(seconds nanoseconds: Int) {
        append(number: nanoseconds / 1_000_000_000)
        append(UInt8(ascii: "."))
        let micros = nanoseconds / 1_000 % 1_000_000
        var divisor = 100_000
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(micros / divisor % 10))
            divisor /= 10
        }
    }

    /// The bytes as the inside of a JSON string; what is not printable ASCII is escaped byte by byte as U+00XX, so that
    /// a line is always valid whatever a client sent.
    package mutating func append(jsonEscaped bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x20..<0x7f: append(byte)
            default:
                append("\\u00")
                append(hex: byte)
            }
        }
    }

    package mutating func append(hex byte: UInt8) {
        for nibble in [byte >> 4, byte & 15] {
            append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
        }
    }
}

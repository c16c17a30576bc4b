import WeirWire

/// What lines of a log are made of.
extension ByteWriter {
    package mutating func write(number: Int) {
        if number < 0 { write(UInt8(ascii: "-")) }
        write(decimal: UInt64(number.magnitude))
    }

    /// As seconds with microseconds: `0.001234`.
    package mutating func write(seconds nanoseconds: Int) {
        write(number: nanoseconds / 1_000_000_000)
        write(UInt8(ascii: "."))
        let micros = nanoseconds / 1_000 % 1_000_000
        var divisor = 100_000
        while divisor > 0 {
            write(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: micros / divisor % 10))
            divisor /= 10
        }
    }

    /// The bytes as the inside of a JSON string; what is not printable ASCII is escaped byte by byte as U+00XX, so that
    /// a line is always valid whatever a client sent. At most six times as long.
    package mutating func write(jsonEscaped bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                write(UInt8(ascii: "\\"))
                write(byte)
            case 0x20..<0x7f: write(byte)
            default:
                write("\\u00")
                write(hexDigit: byte >> 4)
                write(hexDigit: byte & 15)
            }
        }
    }

    package mutating func write(text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    private mutating func write(hexDigit nibble: UInt8) {
        write(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
    }

    /// Lets `body` write at most `bound` bytes, and lends them to `use`.
    package static func lend<Result>(
        upTo bound: Int, _ body: (inout ByteWriter) -> Void, to use: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: bound, alignment: 1) { memory in
            var writer = ByteWriter(memory)
            body(&writer)
            return use(UnsafeRawBufferPointer(rebasing: memory[..<writer.count]))
        }
    }
}

extension String {
    /// What `body` writes, which is at most `bound` bytes.
    package init(upTo bound: Int, _ body: (inout ByteWriter) -> Void) {
        self = ByteWriter.lend(upTo: bound, body) { String(decoding: $0, as: UTF8.self) }
    }
}

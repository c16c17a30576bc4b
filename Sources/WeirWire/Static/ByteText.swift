/// Numbers, dates and literals as bytes, without a `String` in between.
extension [UInt8] {
    mutating func append(_ literal: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(_ literal: StaticString, _ value: [UInt8]) {
        append(literal)
        append(contentsOf: value)
    }

    mutating func appendDecimal(_ value: Int) {
        withDecimal(value) { append(contentsOf: $0) }
    }

    mutating func appendHex(_ value: UInt64) {
        var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) & ~3
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }

    /// Seconds since 1970.
    mutating func appendDate(_ seconds: Int) {
        withUnsafeTemporaryAllocation(byteCount: HTTPDate.byteCount, alignment: 1) { memory in
            var writer = ByteWriter(memory)
            HTTPDate.write(unixSeconds: seconds, to: &writer)
            append(contentsOf: memory)
        }
    }
}

/// Hands over the digits of a number that is not negative. They live on the stack.
func withDecimal(_ value: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { memory in
        var writer = ByteWriter(memory)
        writer.write(decimal: UInt64(value))
        body(UnsafeRawBufferPointer(rebasing: memory[..<writer.count]))
    }
}

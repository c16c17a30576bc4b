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

    /// `Sun, 06 Nov 1994 08:49:37 GMT` for seconds since 1970 (RFC 9110, 5.6.7).
    mutating func appendDate(_ seconds: Int64) {
        // Years of four digits are all the format has.
        let seconds = Int(Swift.min(Swift.max(seconds, 0), 253_402_300_799))
        let (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
        // Years that begin in March put the leap day last (H. Hinnant, "chrono-compatible low-level date algorithms").
        let shifted = days + 719_468
        let (era, ofEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

        appendName("ThuFriSatSunMonTueWed", days % 7)
        append(", ")
        appendTwoDigits(day)
        append(" ")
        appendName("JanFebMarAprMayJunJulAugSepOctNovDec", month - 1)
        append(" ")
        appendTwoDigits(year / 100)
        appendTwoDigits(year % 100)
        append(" ")
        appendTwoDigits(time / 3_600)
        append(":")
        appendTwoDigits(time / 60 % 60)
        append(":")
        appendTwoDigits(time % 60)
        append(" GMT")
    }

    private mutating func appendTwoDigits(_ value: Int) {
        append(UInt8(ascii: "0") + UInt8(value / 10))
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }

    private mutating func appendName(_ names: StaticString, _ index: Int) {
        append(contentsOf: UnsafeBufferPointer(start: names.utf8Start + index * 3, count: 3))
    }
}

/// Hands over the digits of a number that is not negative. They live on the stack.
func withDecimal(_ value: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
        var value = value
        var start = digits.count
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(value % 10)
            value /= 10
        } while value > 0
        body(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
}

/// Dates as HTTP writes them (RFC 9110, 5.6.7), from and to seconds since 1970-01-01 00:00 UTC.
package enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    package static let byteCount = 29

    /// Writes an IMF-fixdate. Years below 0 and above 9999 are written as those.
    package static func write(unixSeconds: Int, to writer: inout ByteWriter) {
        let date = CalendarDate(unixSeconds: unixSeconds)
        writer.write(date.weekdayName)
        writer.write(", ")
        writer.write(twoDigits: date.day)
        writer.write(" ")
        writer.write(date.monthName)
        writer.write(" ")
        date.writeYear(to: &writer)
        writer.write(" ")
        date.writeTime(to: &writer)
        writer.write(" GMT")
    }

    /// Reads any of the three forms; nil when it is none of them.
    ///
    /// - Parameter now: seconds since 1970: the obsolete form has a year of two digits, which is then the latest such
    ///   year not more than 50 years ahead.
    package static func parse(_ bytes: UnsafeRawBufferPointer, now: Int) -> Int? {
        var reader = DateReader(bytes)
        guard let weekday = reader.name(CalendarDate.weekdayNames) else { return nil }
        if reader.literal(", ") {  // Sun, 06 Nov 1994 08:49:37 GMT
            guard let day = reader.digits(2), reader.literal(" "), let month = reader.name(CalendarDate.monthNames),
                reader.literal(" "),
                let year = reader.digits(4), reader.literal(" "), let time = reader.time(), reader.literal(" GMT"),
                reader.isAtEnd
            else { return nil }
            return CalendarDate.unixSeconds(year, month + 1, day, secondOfDay: time)
        }
        if reader.literal(" ") {  // Sun Nov  6 08:49:37 1994
            guard let month = reader.name(CalendarDate.monthNames), reader.literal(" "),
                let day = reader.literal(" ") ? reader.digits(1) : reader.digits(2), reader.literal(" "),
                let time = reader.time(), reader.literal(" "), let year = reader.digits(4), reader.isAtEnd
            else { return nil }
            return CalendarDate.unixSeconds(year, month + 1, day, secondOfDay: time)
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        guard reader.literal(weekdayEndings[weekday]), reader.literal(", "), let day = reader.digits(2),
            reader.literal("-"), let month = reader.name(CalendarDate.monthNames), reader.literal("-"),
            let short = reader.digits(2),
            reader.literal(" "), let time = reader.time(), reader.literal(" GMT"), reader.isAtEnd
        else { return nil }
        let latest = CalendarDate(unixSeconds: now).year + 50
        let year = latest - CalendarDate.floorModulo(latest - short, 100)
        return CalendarDate.unixSeconds(year, month + 1, day, secondOfDay: time)
    }

    private static let weekdayEndings: [StaticString] = ["day", "day", "sday", "nesday", "rsday", "day", "urday"]
}

/// Reads a date from left to right.
private struct DateReader {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func literal(_ literal: StaticString) -> Bool {
        let end = index + literal.utf8CodeUnitCount
        guard end <= bytes.count, bytes.slice(index, end).equals(literal) else { return false }
        index = end
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard index + count <= bytes.count, let value = bytes.decimal(index, index + count) else { return nil }
        index += count
        return Int(value)
    }

    /// The position of a three-letter name among others.
    mutating func name(_ names: StaticString) -> Int? {
        guard index + 3 <= bytes.count else { return nil }
        for position in 0..<(names.utf8CodeUnitCount / 3) {
            let name = names.utf8Start + position * 3
            if bytes[index] == name[0], bytes[index + 1] == name[1], bytes[index + 2] == name[2] {
                index += 3
                return position
            }
        }
        return nil
    }

    /// `08:49:37` as seconds. A leap second counts as the second after it.
    mutating func time() -> Int? {
        guard let hour = digits(2), literal(":"), let minute = digits(2), literal(":"), let second = digits(2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3_600 + minute * 60 + second
    }
}

/// Dates as HTTP writes them (RFC 9110, 5.6.7), from and to seconds since 1970-01-01 00:00 UTC.
package enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    package static let byteCount = 29

    /// Writes an IMF-fixdate. Years below 0 and above 9999 are written as those.
    package static func write(unixSeconds: Int, to writer: inout ByteWriter) {
        let seconds = Swift.min(Swift.max(unixSeconds, -62_167_219_200), 253_402_300_799)
        let day = floorDivide(seconds, 86_400)
        let time = seconds - day * 86_400
        let (year, month, dayOfMonth) = civil(day)
        writer.write(name(in: weekdays, floorModulo(day + 4, 7)))
        writer.write(", ")
        write(dayOfMonth, to: &writer)
        writer.write(" ")
        writer.write(name(in: months, month - 1))
        writer.write(" ")
        write(year / 100, to: &writer)
        write(year % 100, to: &writer)
        writer.write(" ")
        write(time / 3_600, to: &writer)
        writer.write(":")
        write(time / 60 % 60, to: &writer)
        writer.write(":")
        write(time % 60, to: &writer)
        writer.write(" GMT")
    }

    /// Reads any of the three forms; nil when it is none of them.
    ///
    /// - Parameter now: seconds since 1970: the obsolete form has a year of two digits, which is then the latest such
    ///   year not more than 50 years ahead.
    package static func parse(_ bytes: UnsafeRawBufferPointer, now: Int) -> Int? {
        var reader = DateReader(bytes)
        guard let weekday = reader.name(weekdays) else { return nil }
        if reader.literal(", ") {  // Sun, 06 Nov 1994 08:49:37 GMT
            guard let day = reader.digits(2), reader.literal(" "), let month = reader.name(months), reader.literal(" "),
                let year = reader.digits(4), reader.literal(" "), let time = reader.time(), reader.literal(" GMT"),
                reader.isAtEnd
            else { return nil }
            return seconds(year, month + 1, day, time)
        }
        if reader.literal(" ") {  // Sun Nov  6 08:49:37 1994
            guard let month = reader.name(months), reader.literal(" "),
                let day = reader.literal(" ") ? reader.digits(1) : reader.digits(2), reader.literal(" "),
                let time = reader.time(), reader.literal(" "), let year = reader.digits(4), reader.isAtEnd
            else { return nil }
            return seconds(year, month + 1, day, time)
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        guard reader.literal(weekdayEndings[weekday]), reader.literal(", "), let day = reader.digits(2),
            reader.literal("-"), let month = reader.name(months), reader.literal("-"), let short = reader.digits(2),
            reader.literal(" "), let time = reader.time(), reader.literal(" GMT"), reader.isAtEnd
        else { return nil }
        let latest = civil(floorDivide(now, 86_400)).year + 50
        return seconds(latest - floorModulo(latest - short, 100), month + 1, day, time)
    }

    private static let weekdays: StaticString = "SunMonTueWedThuFriSat"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
    private static let weekdayEndings: [StaticString] = ["day", "day", "sday", "nesday", "rsday", "day", "urday"]

    private static func name(in names: StaticString, _ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: names.utf8Start + index * 3, count: 3)
    }

    private static func write(_ twoDigits: Int, to writer: inout ByteWriter) {
        writer.write(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: twoDigits / 10))
        writer.write(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: twoDigits % 10))
    }

    private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int? {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length = month == 2 ? (leap ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11) ? 30 : 31
        guard day >= 1, day <= length else { return nil }
        return days(year, month, day) * 86_400 + time
    }

    // The calendar repeats every 400 years of 146,097 days. Years that start in March put the leap day last, and make
    // the days before a month (153 m + 2) / 5, as five months in a row have 153 days.

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivide(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
    private static func floorModulo(_ a: Int, _ b: Int) -> Int { a - floorDivide(a, b) * b }
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

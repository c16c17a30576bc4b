/// A second as the calendar and the clock name it, in UTC.
///
/// The calendar repeats every 400 years of 146,097 days. Years that start in March put the leap day last, and make the days
/// before a month (153 m + 2) / 5, as five months in a row have 153 days.
struct CalendarDate {
    let year: Int
    /// 1...12
    let month: Int
    let day: Int
    /// Sunday is 0.
    let weekday: Int
    let secondOfDay: Int

    /// Years below 0 and above 9999 are taken for those.
    init(unixSeconds: Int) {
        let seconds = Swift.min(Swift.max(unixSeconds, -62_167_219_200), 253_402_300_799)
        let number = Self.floorDivide(seconds, 86_400)
        secondOfDay = seconds - number * 86_400
        weekday = Self.floorModulo(number + 4, 7)
        let shifted = number + 719_468
        let era = Self.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    }

    /// nil: there is no such day.
    static func unixSeconds(_ year: Int, _ month: Int, _ day: Int, secondOfDay: Int) -> Int? {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length = month == 2 ? (leap ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11) ? 30 : 31
        guard day >= 1, day <= length else { return nil }
        return days(year, month, day) * 86_400 + secondOfDay
    }

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivide(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func floorModulo(_ a: Int, _ b: Int) -> Int { a - floorDivide(a, b) * b }
    private static func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
}

extension CalendarDate {
    static let weekdayNames: StaticString = "SunMonTueWedThuFriSat"
    static let monthNames: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    var weekdayName: UnsafeRawBufferPointer { Self.name(in: Self.weekdayNames, weekday) }
    var monthName: UnsafeRawBufferPointer { Self.name(in: Self.monthNames, month - 1) }

    private static func name(in names: StaticString, _ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: names.utf8Start + index * 3, count: 3)
    }

    /// All four digits.
    func writeYear(to writer: inout ByteWriter) {
        writer.write(twoDigits: year / 100)
        writer.write(twoDigits: year % 100)
    }

    /// `09:00:00`
    func writeTime(to writer: inout ByteWriter) {
        writer.write(twoDigits: secondOfDay / 3_600)
        writer.write(":")
        writer.write(twoDigits: secondOfDay / 60 % 60)
        writer.write(":")
        writer.write(twoDigits: secondOfDay % 60)
    }
}

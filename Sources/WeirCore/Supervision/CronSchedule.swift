/// When a line of cron is due: five fields, read and understood as Vixie's cron does.
///
/// A time of day that is due matches all fields, but of the two that say the day one is enough, unless one of them begins
/// with `*`: `0 9 13 * fri` is every 13th and every Friday.
package struct CronSchedule: Hashable, Sendable {
    /// Bit n: the value n is due.
    let minutes: UInt64
    let hours: UInt64
    let daysOfMonth: UInt64
    let months: UInt64
    /// 0: Sunday.
    let weekdays: UInt64
    /// One of the fields of the day begins with `*`: both have to match.
    let needsBothDays: Bool
    /// Minute or hour begins with `*`: it is about what passes, not about a time of day, see ``next(after:in:)``.
    let isPeriodic: Bool
    /// As it was written.
    package internal(set) var text: String

    package static func == (a: CronSchedule, b: CronSchedule) -> Bool { a.text == b.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    func matches(day days: Int) -> Bool {
        let date = CivilTime.day(days)
        guard months & (1 << date.month) != 0 else { return false }
        let ofMonth = daysOfMonth & (1 << date.day) != 0
        let ofWeek = weekdays & (1 << CivilTime.weekday(days)) != 0
        return needsBothDays ? ofMonth && ofWeek : ofMonth || ofWeek
    }

    /// Whether it is due in the minute that begins at this local time, in seconds since 1970 on the local clock.
    package func matches(local: Int) -> Bool {
        let minute = CivilTime.floorDivide(local, 60)
        let ofDay = minute - CivilTime.floorDivide(minute, 1_440) * 1_440
        return minutes & (1 << (ofDay % 60)) != 0 && hours & (1 << (ofDay / 60)) != 0
            && matches(day: CivilTime.floorDivide(minute, 1_440))
    }

    /// The same weekday on a leap day comes again after 28 years, after 40 where a century has none.
    private static let daysMax = 41 * 366

    /// The first full minute from `local` on, on the local clock; nil: there is none before `limit`, or at all.
    func firstMatch(from local: Int, before limit: Int) -> Int? {
        let minute = CivilTime.floorDivide(local + 59, 60)
        var day = CivilTime.floorDivide(minute, 1_440)
        var ofDay = minute - day * 1_440
        let lastDay = day + Self.daysMax
        while day <= lastDay, day * 86_400 < limit {
            if matches(day: day), let found = firstMinute(from: ofDay) {
                let match = day * 86_400 + found * 60
                return match < limit ? match : nil
            }
            day += 1
            ofDay = 0
        }
        return nil
    }

    /// Of a day that matches: a minute of it, 0...1439.
    private func firstMinute(from ofDay: Int) -> Int? {
        var (hour, minute) = (ofDay / 60, ofDay % 60)
        while hour < 24 {
            if hours & (1 << hour) != 0 {
                let left = minutes >> minute
                if left != 0 { return hour * 60 + minute + left.trailingZeroBitCount }
            }
            hour += 1
            minute = 0
        }
        return nil
    }

    /// Whether it is ever due: there is no 30th of February.
    package var isEverDue: Bool { firstMatch(from: 0, before: .max) != nil }
}

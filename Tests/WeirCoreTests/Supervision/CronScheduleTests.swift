import Testing
import WeirCore

/// Local times are written in the zone's own clock, as seconds since 1970 on it.
@Suite struct CronScheduleTests {
    /// UTC, `2026-03-29 01:30`.
    static func time(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Int {
        CivilTime.days(.init(year: year, month: month, day: day)) * 86_400 + hour * 3_600 + minute * 60
    }

    /// An hour ahead of UTC, two in summer, from the last Sunday of March to that of October at 01:00 UTC.
    static let berlin = TimeZoneTable(
        initialOffset: 3_600,
        transitions: [
            .init(at: time(2026, 3, 29, 1), offset: 7_200), .init(at: time(2026, 10, 25, 1), offset: 3_600),
            .init(at: time(2027, 3, 28, 1), offset: 7_200), .init(at: time(2027, 10, 31, 1), offset: 3_600),
        ])

    private func next(_ line: String, after time: Int, in zone: TimeZoneTable = .utc) throws -> Int? {
        try CronSchedule(line).next(after: time, in: zone)
    }

    @Test(arguments: [
        ("* * * * *", (2026, 1, 1, 0, 1)), ("*/15 * * * *", (2026, 1, 1, 0, 15)), ("0 * * * *", (2026, 1, 1, 1, 0)),
        ("@hourly", (2026, 1, 1, 1, 0)), ("30 4 * * *", (2026, 1, 1, 4, 30)), ("@daily", (2026, 1, 2, 0, 0)),
        ("@weekly", (2026, 1, 4, 0, 0)), ("@monthly", (2026, 2, 1, 0, 0)), ("@yearly", (2027, 1, 1, 0, 0)),
        ("0 9-17/4 * * *", (2026, 1, 1, 9, 0)), ("5,10,50-59 0 * * *", (2026, 1, 1, 0, 5)),
        ("0 0 * feb mon", (2026, 2, 2, 0, 0)), ("0 0 * * SUN", (2026, 1, 4, 0, 0)), ("0 0 * * 7", (2026, 1, 4, 0, 0)),
        ("0 0 * * fri-sun", (2026, 1, 2, 0, 0)), ("0 0 29 2 *", (2028, 2, 29, 0, 0)),
        ("0 0 29 2 */7", (2032, 2, 29, 0, 0)), ("59 23 31 12 *", (2026, 12, 31, 23, 59)),
    ])
    func theNextTimeIsTheOneWrittenDown(line: String, expected: (Int, Int, Int, Int, Int)) throws {
        let (year, month, day, hour, minute) = expected
        let found = try next(line, after: Self.time(2026, 1, 1))
        #expect(found == Self.time(year, month, day, hour, minute))
    }

    @Test("of the two fields of the day one is enough, unless one begins with a star")
    func daysAreAddedUp() throws {
        // The 13th of February 2026 is a Friday, as are the 2nd, 9th and 16th of January.
        #expect(try next("0 9 13 * fri", after: Self.time(2026, 1, 9, 10)) == Self.time(2026, 1, 13, 9))
        #expect(try next("0 9 13 * fri", after: Self.time(2026, 1, 13, 10)) == Self.time(2026, 1, 16, 9))
        #expect(try next("0 9 */13 * fri", after: Self.time(2026, 1, 9, 10)) == Self.time(2026, 2, 27, 9))
    }

    @Test("a time that the clocks skip is due at the moment they skip it, once")
    func aGapIsMadeUpFor() throws {
        let night = Self.time(2026, 3, 28, 12)
        #expect(try next("30 2 * * *", after: night, in: Self.berlin) == Self.time(2026, 3, 29, 1))
        #expect(
            try next("0,30 2 * * *", after: Self.time(2026, 3, 29, 1), in: Self.berlin) == Self.time(2026, 3, 30, 0))
        // What happens all the time anyway is not made up for.
        #expect(try next("*/30 2 * * *", after: night, in: Self.berlin) == Self.time(2026, 3, 30, 0))
        #expect(
            try next("30 * * * *", after: Self.time(2026, 3, 29, 0, 30), in: Self.berlin)
                == Self.time(2026, 3, 29, 1, 30))
    }

    @Test("a time that the clocks show twice is due the first time only")
    func aRepeatIsLeftOut() throws {
        let first = try #require(try next("30 2 * * *", after: Self.time(2026, 10, 24, 12), in: Self.berlin))
        #expect(first == Self.time(2026, 10, 25, 0, 30))
        #expect(try next("30 2 * * *", after: first, in: Self.berlin) == Self.time(2026, 10, 26, 1, 30))
        let hourly = try #require(try next("30 * * * *", after: first, in: Self.berlin))
        #expect(hourly == Self.time(2026, 10, 25, 1, 30), "an hour later by any clock")
    }

    @Test("clocks that are put by a day were not put for summer")
    func alargeChangeIsACorrection() throws {
        // Samoa left out the 30th of December 2011.
        let samoa = TimeZoneTable(
            initialOffset: -10 * 3_600, transitions: [.init(at: Self.time(2011, 12, 30, 10), offset: 14 * 3_600)])
        let found = try next("0 12 30 * *", after: Self.time(2011, 12, 30, 9), in: samoa)
        #expect(found == Self.time(2012, 1, 29, 22))
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
        "a * * * *", "1- * * * *", "-1 * * * *", "1-2-3 * * * *", "*/0 * * * *", "*/ * * * *", "*/1/2 * * * *",
        "1,,2 * * * *", ", * * * *", "5/2 * * * *", "9-5 * * * *", "* * * * mo", "0 0 30 2 *", "0 0 31 4,6 *", "@never",
        "@reboot", "@", "99999999999999999999 * * * *", "+1 * * * *", "1.5 * * * *", "٣ * * * *",
    ])
    func whatIsNoScheduleIsRefused(line: String) {
        #expect(throws: CronProblem.self) { try CronSchedule(line) }
    }

    @Test("the next time is the one that trying every minute finds, whatever the line and the zone")
    func aSlowModelAgrees() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let line = Self.randomLine(&random)
            guard let schedule = try? CronSchedule(line) else { continue }
            let zone = random.oneIn(3) ? TimeZoneTable.utc : Self.randomZone(&random)
            var time = Self.time(2026, 1, 1) + random.below(700 * 86_400)
            for _ in 0..<5 {
                let found = schedule.next(after: time, in: zone)
                let limit = time + 12 * 86_400
                let expected = SlowCron(schedule, zone).next(after: time, before: limit)
                if let expected {
                    try #require(found == expected, "seed \(seed): '\(line)' after \(time)")
                } else {
                    try #require(found.map { $0 >= limit } ?? true, "seed \(seed): '\(line)' after \(time)")
                    break
                }
                time = expected ?? time
            }
        }
    }

    private static func randomLine(_ random: inout SeededGenerator) -> String {
        let ranges = [0...59, 0...23, 1...28, 1...12, 0...6]
        return ranges.map { range -> String in
            func value() -> Int { range.lowerBound + random.below(range.count) }
            switch random.below(5) {
            case 0: return "\(value())"
            case 1:
                let (a, b) = (value(), value())
                return "\(min(a, b))-\(max(a, b))/\(1 + random.below(7))"
            case 2: return "*/\(1 + random.below(range.upperBound))"
            case 3: return "\(value()),\(value())"
            default: return "*"
            }
        }.joined(separator: " ")
    }

    /// Clocks put forward and back by half an hour to two hours, every few weeks.
    private static func randomZone(_ random: inout SeededGenerator) -> TimeZoneTable {
        let offset = (random.below(27) - 12) * 3_600 + (random.oneIn(4) ? 1_800 : 0)
        let change = [1_800, 3_600, 7_200][random.below(3)]
        var at = time(2026, 1, 2) + random.below(20) * 3_600
        var isSummer = false
        var transitions: [TimeZoneTable.Transition] = []
        for _ in 0..<40 {
            isSummer.toggle()
            transitions.append(.init(at: at, offset: offset + (isSummer ? change : 0)))
            at += (10 + random.below(30)) * 86_400
        }
        return TimeZoneTable(initialOffset: offset, transitions: transitions)
    }
}

/// Cron as its manual describes it, a minute at a time: the clock on the wall is read each minute; a line with a time of
/// day is also due for the minutes that were skipped since the last reading, and not for those that were shown before.
private struct SlowCron {
    let schedule: CronSchedule
    let zone: TimeZoneTable
    let isPeriodic: Bool

    init(_ schedule: CronSchedule, _ zone: TimeZoneTable) {
        self.schedule = schedule
        self.zone = zone
        let fields = schedule.text.split(separator: " ")
        isPeriodic = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
    }

    func next(after time: Int, before limit: Int) -> Int? {
        var minute = (time / 60 + 1) * 60
        // What was shown already: some hours are enough.
        var shown = Int.min
        for earlier in stride(from: minute - 6 * 3_600, to: minute, by: 60) { shown = max(shown, local(earlier)) }
        while minute < limit {
            let now = local(minute)
            if isPeriodic {
                if schedule.matches(local: now) { return minute }
            } else if now > shown {
                for skipped in stride(from: max(shown + 60, now - 3 * 3_600), through: now, by: 60)
                where schedule.matches(local: skipped) { return minute }
            }
            shown = max(shown, now)
            minute += 60
        }
        return nil
    }

    private func local(_ time: Int) -> Int { time + zone.offset(at: time) }
}

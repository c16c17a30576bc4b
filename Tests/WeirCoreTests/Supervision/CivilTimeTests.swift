import Testing
import WeirCore

@Suite struct CivilTimeTests {
    @Test(arguments: [
        (0, 1970, 1, 1, 4), (-1, 1969, 12, 31, 3), (11_016, 2000, 2, 29, 2), (11_017, 2000, 3, 1, 3),
        (20_778, 2026, 11, 21, 6), (-719_468, 0, 3, 1, 3), (47_482, 2100, 1, 1, 5),
    ])
    func daysAndDatesAreOne(days: Int, year: Int, month: Int, day: Int, weekday: Int) {
        let date = CivilTime.Day(year: year, month: month, day: day)
        #expect(CivilTime.day(days) == date)
        #expect(CivilTime.days(date) == days)
        #expect(CivilTime.weekday(days) == weekday)
    }

    @Test func everyDayOfTwoCenturiesFollowsTheOneBefore() {
        var date = CivilTime.Day(year: 1970, month: 1, day: 1)
        for days in 0..<73_000 {
            guard CivilTime.day(days) == date, CivilTime.days(date) == days else {
                Issue.record("day \(days) is not \(date)")
                return
            }
            date.day += 1
            if date.day > CivilTime.daysInMonth(date.month, year: date.year) {
                (date.day, date.month) = (1, date.month + 1)
            }
            if date.month > 12 { (date.month, date.year) = (1, date.year + 1) }
        }
    }
}

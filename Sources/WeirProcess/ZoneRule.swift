import WeirCore

/// The rule of a time zone for the years that no table lists, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Equatable {
    enum Day: Equatable {
        /// `M3.5.0`: the fifth, which is the last, Sunday of March.
        case week(month: Int, week: Int, weekday: Int)
        /// `J60`: the day of a year without the 29th of February, 1...365.
        case julian(Int)
        /// `59`: the day of the year, 0...365.
        case ofYear(Int)
    }

    struct Change: Equatable {
        var day: Day
        /// Seconds from midnight, by the clock as it was before; may lie days away.
        var time: Int
    }

    /// Seconds east of UTC.
    let standardOffset: Int
    let summerOffset: Int
    let start: Change?
    let end: Change?

    var hasSummerTime: Bool { start != nil }

    private static let years = 1970...2100

    init(_ text: String) throws(ZoneInfo.Malformed) {
        var scanner = Scanner(rest: Substring(text))
        try scanner.name()
        standardOffset = -(try scanner.time(hoursMax: 24))
        guard !scanner.rest.isEmpty else {
            summerOffset = standardOffset
            (start, end) = (nil, nil)
            return
        }
        try scanner.name()
        summerOffset = scanner.rest.first == "," ? standardOffset + 3_600 : -(try scanner.time(hoursMax: 24))
        start = try scanner.change()
        end = try scanner.change()
        guard scanner.rest.isEmpty else { throw Scanner.malformed }
    }

    /// In order, each after `time` and each another offset than before.
    func transitions(after time: Int) -> [TimeZoneTable.Transition] {
        guard let start, let end else { return [] }
        let all = Self.years.flatMap { year in
            [
                TimeZoneTable.Transition(at: Self.moment(of: start, in: year) - standardOffset, offset: summerOffset),
                TimeZoneTable.Transition(at: Self.moment(of: end, in: year) - summerOffset, offset: standardOffset),
            ]
        }.sorted { $0.at < $1.at }
        // Summer time all the year is written as an end at the moment of the next start: nothing changes then.
        return all.enumerated().filter { index, transition in
            transition.at > time && !(index + 1 < all.count && all[index + 1].at == transition.at)
        }.map(\.element)
    }

    /// In seconds since 1970 on the local clock.
    private static func moment(of change: Change, in year: Int) -> Int {
        let newYear = CivilTime.days(.init(year: year, month: 1, day: 1))
        let day: Int
        switch change.day {
        case .ofYear(let number): day = newYear + number
        case .julian(let number):
            let isLeap = CivilTime.daysInMonth(2, year: year) == 29
            day = newYear + number - 1 + (isLeap && number > 59 ? 1 : 0)
        case .week(let month, let week, let weekday):
            let first = CivilTime.days(.init(year: year, month: month, day: 1))
            let offset = (weekday - CivilTime.weekday(first) + 7) % 7 + (week - 1) * 7
            // There is no fifth one: the last is meant.
            day = first + (offset < CivilTime.daysInMonth(month, year: year) ? offset : offset - 7)
        }
        return day * 86_400 + change.time
    }

    private struct Scanner {
        static let malformed = ZoneInfo.Malformed(reason: "its rule for later years is not understood")
        var rest: Substring

        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        /// `CET`, or `<+03>`.
        mutating func name() throws(ZoneInfo.Malformed) {
            let isQuoted = take("<")
            let name = rest.prefix { isQuoted ? $0 != ">" : $0.isASCII && $0.isLetter }
            guard name.count >= 3 else { throw Self.malformed }
            rest = rest.dropFirst(name.count)
            if isQuoted, !take(">") { throw Self.malformed }
        }

        mutating func number(_ range: ClosedRange<Int>) throws(ZoneInfo.Malformed) -> Int {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard digits.utf8.count <= 4, let number = Int(digits), range.contains(number) else { throw Self.malformed }
            rest = rest.dropFirst(digits.count)
            return number
        }

        /// `-1`, `5:30`, `2:00:00`: in seconds.
        mutating func time(hoursMax: Int) throws(ZoneInfo.Malformed) -> Int {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            var seconds = try number(0...hoursMax) * 3_600
            if take(":") { seconds += try number(0...59) * 60 }
            if take(":") { seconds += try number(0...59) }
            return isNegative ? -seconds : seconds
        }

        mutating func change() throws(ZoneInfo.Malformed) -> Change {
            guard take(",") else { throw Self.malformed }
            let day: Day
            if take("M") {
                let month = try number(1...12)
                guard take(".") else { throw Self.malformed }
                let week = try number(1...5)
                guard take(".") else { throw Self.malformed }
                day = .week(month: month, week: week, weekday: try number(0...6))
            } else if take("J") {
                day = .julian(try number(1...365))
            } else {
                day = .ofYear(try number(0...365))
            }
            return Change(day: day, time: take("/") ? try time(hoursMax: 167) : 7_200)
        }
    }
}

/// What is wrong with a line of cron.
package struct CronProblem: Error, Equatable {
    package var reason: String
    /// The word that is not understood, and those that would have been.
    package var word: String?
    package var known: [String] = []
}

extension CronSchedule {
    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        var names: [String] = []
        /// What the first name stands for.
        var firstName = 0

        static let all = [
            Field(name: "minute", range: 0...59),
            Field(name: "hour", range: 0...23),
            Field(name: "day of the month", range: 1...31),
            Field(name: "month", range: 1...12, names: monthNames, firstName: 1),
            Field(name: "day of the week", range: 0...7, names: weekdayNames),
        ]
        static let monthNames = [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ]
        static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    }

    private static let shorthands = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let textMax = 1_000

    /// `*/5 9-17 * * mon-fri`, or `@hourly`.
    package init(_ text: String) throws(CronProblem) {
        guard text.utf8.count <= Self.textMax else { throw CronProblem(reason: "that is too long for a line of cron") }
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        if words.count == 1, let word = words.first, word.hasPrefix("@") {
            self = try Self.shorthand(word.lowercased())
            self.text = text
            return
        }
        let fields = Field.all
        guard words.count == fields.count else {
            let names = fields.map(\.name).joined(separator: ", ")
            throw CronProblem(
                reason: "expected five fields (\(names)) or a word such as @hourly, found \(words.count)")
        }
        var sets: [UInt64] = []
        for (field, word) in zip(fields, words) { sets.append(try Self.set(word, field)) }
        self.init(
            minutes: sets[0], hours: sets[1], daysOfMonth: sets[2], months: sets[3],
            // 7 is Sunday too.
            weekdays: (sets[4] | sets[4] >> 7) & 0x7f,
            needsBothDays: words[2].hasPrefix("*") || words[4].hasPrefix("*"),
            isPeriodic: words[0].hasPrefix("*") || words[1].hasPrefix("*"), text: text)
        guard isEverDue else { throw CronProblem(reason: "no such day ever comes") }
    }

    private static func shorthand(_ word: String) throws(CronProblem) -> CronSchedule {
        guard let line = shorthands[word] else {
            switch word {
            case "@reboot":
                throw CronProblem(reason: "@reboot is a process: use 'processes' with 'restart: never'")
            case "@every":
                throw CronProblem(reason: "@every is a key of its own: write 'every: 5m'")
            default:
                throw CronProblem(reason: "unknown word '\(word)'", word: word, known: shorthands.keys.sorted())
            }
        }
        return try CronSchedule(line)
    }

    /// A list of values, ranges and steps.
    private static func set(_ text: Substring, _ field: Field) throws(CronProblem) -> UInt64 {
        var set: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard let range = parts.first, !range.isEmpty, parts.count <= 2 else {
                throw CronProblem(reason: "\(field.name): '\(item)' is no value, range or step")
            }
            var values = field.range
            let isRange = range == "*" || range.contains("-")
            if range != "*" { values = try self.range(range, field) }
            var step = 1
            if parts.count == 2 {
                guard isRange else {
                    throw CronProblem(
                        reason:
                            "\(field.name): a step needs a range: write \(range)-\(field.range.upperBound)/\(parts[1])"
                    )
                }
                guard let given = number(parts[1]), (1...field.range.upperBound).contains(given) else {
                    throw CronProblem(reason: "\(field.name): '\(parts[1])' is no step")
                }
                step = given
            }
            for value in stride(from: values.lowerBound, through: values.upperBound, by: step) { set |= 1 << value }
        }
        return set
    }

    private static func range(_ text: Substring, _ field: Field) throws(CronProblem) -> ClosedRange<Int> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = ends.first, let last = ends.last else {
            throw CronProblem(reason: "\(field.name): '\(text)' is no range")
        }
        let low = try value(first, field)
        var high = try value(last, field)
        // `fri-sun` ends with the Sunday that is 7.
        if high == 0, low > 0, field.range.upperBound == 7, ends.count == 2 { high = 7 }
        guard low <= high else {
            throw CronProblem(
                reason: "\(field.name): '\(text)' runs backwards; write \(first)-\(field.range.upperBound),"
                    + "\(field.range.lowerBound)-\(last)")
        }
        return low...high
    }

    private static func value(_ text: Substring, _ field: Field) throws(CronProblem) -> Int {
        if let number = number(text) {
            guard field.range.contains(number) else {
                throw CronProblem(
                    reason:
                        "\(field.name): \(number) is not from \(field.range.lowerBound) to \(field.range.upperBound)")
            }
            return number
        }
        let word = text.lowercased()
        if let index = field.names.firstIndex(of: word) { return index + field.firstName }
        let reason = "\(field.name): expected a number from \(field.range.lowerBound) to \(field.range.upperBound)"
        guard !field.names.isEmpty, !word.isEmpty else { throw CronProblem(reason: "\(reason), found '\(text)'") }
        throw CronProblem(
            reason: "\(reason) or a name such as \(field.names[1]), found '\(text)'", word: word, known: field.names)
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}

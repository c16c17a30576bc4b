import WeirCore

/// An entry of the schedule as it is written, where when it runs may be missing or there twice.
struct ScheduleDraft: Equatable, Sendable {
    static let triggers = ["every", "cron"]

    var every: Nanoseconds?
    var cron: CronSchedule?
    var command: [String] = []
    var name: String?
    /// Everything that is what it will be.
    var rest = ScheduleSettings(name: "", trigger: .every(.zero), command: [])

    init() {}

    init(_ entry: ScheduleSettings) {
        switch entry.trigger {
        case .every(let span): every = span
        case .cron(let schedule): cron = schedule
        }
        command = entry.command
        name = entry.name
        rest = entry
    }

    func settings(at path: String, _ reader: inout Reader) -> ScheduleSettings {
        var entry = rest
        entry.name = name ?? ""
        entry.command = command
        // What could not be read has been said.
        let isBroken = Self.triggers.contains { reader.broken.contains("\(path).\($0)") }
        switch (every, cron) {
        case (let every?, nil): entry.trigger = .every(every)
        case (nil, let cron?): entry.trigger = .cron(cron)
        case (nil, nil) where isBroken: break
        case (nil, nil): reader.error(at: path, "when it runs is missing: 'every: 1m' or 'cron: \"*/5 * * * *\"'")
        case (.some, .some): reader.error(at: path, "every and cron exclude each other: one entry has one rhythm")
        }
        if cron == nil, every != nil, entry.timezone != ScheduleSettings.utc {
            reader.warn(at: "\(path).timezone", "not used: 'every' counts from the start, whatever the time of day")
        }
        return entry
    }
}

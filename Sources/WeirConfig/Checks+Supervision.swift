extension Checks {
    static func checkSupervision(_ settings: Settings, _ reader: inout Reader) {
        for process in settings.processes {
            let path = "processes.\(process.name)"
            checkDirectory(process.directory, at: "\(path).directory", isError: true, &reader)
            checkProgram(process.command, in: process.directory, at: "\(path).command", &reader)
            // With SIGKILL nobody is asked.
            if process.stopSignal == 9, reader.origins["\(path).stop_timeout"] != .default {
                reader.warn(at: "\(path).stop_timeout", "not used: stop_signal is KILL, which ends it at once")
            }
            if process.essential, process.restart == .never {
                reader.warn(
                    at: "\(path).restart", "an essential process that fails is not started again: /ready stays 503")
            }
        }
        var names: Set<String> = []
        for (index, entry) in settings.schedule.enumerated() {
            let path = "schedule[\(index)]"
            if !names.insert(entry.name).inserted {
                reader.error(at: "\(path).name", "there is another entry with the name \(entry.name.quoted)")
            }
            checkDirectory(entry.directory, at: "\(path).directory", isError: true, &reader)
            checkProgram(entry.command, in: entry.directory, at: "\(path).command", &reader)
            checkZone(entry.timezone, at: "\(path).timezone", &reader)
        }
    }

    /// One that is named without a path is looked for when it starts.
    private static func checkProgram(_ command: [String], in directory: String, at path: String, _ reader: inout Reader)
    {
        guard let program = command.first, program.contains("/") else { return }
        checkFile(Path.resolve(program, from: directory), at: path, &reader)
    }

    private static func checkZone(_ zone: String, at path: String, _ reader: inout Reader) {
        guard zone != ScheduleSettings.utc else { return }
        let file = "\(ScheduleSettings.zoneDirectory)/\(zone)"
        switch reader.facts.kind(file) {
        case .file, .unknown: return
        case .directory, .emptyDirectory:
            reader.error(at: path, "\(zone.quoted) is an area, not a time zone; one of it is needed")
        case .missing:
            let hasZones = reader.facts.isDirectory(ScheduleSettings.zoneDirectory)
            reader.error(
                at: path,
                hasZones
                    ? "there is no time zone \(zone.quoted) in \(ScheduleSettings.zoneDirectory)"
                    : "this system has no time zones (\(ScheduleSettings.zoneDirectory)): install tzdata, or use UTC",
                suggestion: hasZones
                    ? NearestWord.to(
                        zone,
                        among: commonZones.filter { reader.facts.isFile("\(ScheduleSettings.zoneDirectory)/\($0)") })
                    : nil)
        }
    }

    /// For who mistypes one: a directory cannot be listed here.
    private static let commonZones = [
        "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Argentina/Buenos_Aires",
        "America/Bogota", "America/Chicago", "America/Denver", "America/Halifax", "America/Los_Angeles",
        "America/Mexico_City", "America/New_York", "America/Phoenix", "America/Santiago", "America/Sao_Paulo",
        "America/Toronto", "Asia/Bangkok", "Asia/Dhaka", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta",
        "Asia/Jerusalem", "Asia/Karachi", "Asia/Kolkata", "Asia/Manila", "Asia/Seoul", "Asia/Shanghai",
        "Asia/Singapore", "Asia/Taipei", "Asia/Tehran", "Asia/Tokyo", "Australia/Brisbane", "Australia/Melbourne",
        "Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels",
        "Europe/Bucharest", "Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki",
        "Europe/Istanbul", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Moscow",
        "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm",
        "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu",
    ]
}

extension Completion {
    static func completeSupervision(_ settings: inout Settings, _ reader: inout Reader) {
        for index in settings.processes.indices {
            let directory = settings.processes[index].directory
            settings.processes[index].directory = Path.resolve(directory, from: reader.directory)
        }
        var names = Set(settings.schedule.map(\.name))
        for index in settings.schedule.indices {
            let directory = settings.schedule[index].directory
            settings.schedule[index].directory = Path.resolve(directory, from: reader.directory)
            guard settings.schedule[index].name.isEmpty else { continue }
            settings.schedule[index].name = name(of: settings.schedule[index].command, besides: names)
            names.insert(settings.schedule[index].name)
            reader.origins["schedule[\(index)].name"] = .detected
        }
    }

    /// `php`, `php-2`: its arguments may hold what should not be everywhere.
    private static func name(of command: [String], besides names: Set<String>) -> String {
        let program = (command.first ?? "").split(separator: "/").last ?? ""
        let allowed = String(
            String.UnicodeScalarView(
                program.unicodeScalars.map { scalar in
                    scalar.isASCII && String(scalar).isName ? scalar : "_"
                }.prefix(40)))
        let base = allowed.isName ? allowed : "command"
        guard names.contains(base) else { return base }
        var number = 2
        while names.contains("\(base)-\(number)") { number += 1 }
        return "\(base)-\(number)"
    }
}

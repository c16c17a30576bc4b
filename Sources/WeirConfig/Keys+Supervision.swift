import WeirCore

extension Keys {
    static let processes = Kind<[ProcessSettings]>.named("process", process) { ProcessSettings(name: $0) }

    private static let process: [Key<ProcessSettings>] = [
        Key("command", \.command, .command, commandSummary, isRequired: true),
        Key("instances", \.instances, .count(1...1_000), "How many of it run."),
        Key("directory", \.directory, .path, directorySummary, fallback: "."),
        Key("environment", \.environment, .texts(isName: isVariableName, masksSecrets: true), environmentSummary),
        Key(
            "restart", \.restart, .word,
            "What happens when it ends by itself: `always` it starts again, `on_failure` unless its exit code was 0, "
                + "or `never`."),
        Key(
            "max_memory", \.maxMemory, .size(1_048_576...anySize), none: "off",
            "Memory of one instance, with its children, beyond which it is stopped and started anew."),
        Key(
            "max_lifetime", \.maxLifetime, .duration(anyTime), none: "off",
            "Age at which an instance is stopped and started anew, one at a time."),
        Key("stop_signal", \.stopSignal, .signal, "The signal that asks it to end."),
        Key(
            "stop_timeout", \.stopTimeout, .duration(anyTime),
            "How long it may take to end; then it is killed, with its children."),
        Key("essential", \.essential, .bool, "Whether `/ready` turns 503 while none of its instances runs."),
    ]

    static let schedule = Kind<[ScheduleSettings]>.list(
        of: .section(entry, defaults: ScheduleDraft(), choice: ScheduleDraft.triggers),
        empty: { ScheduleDraft() },
        element: { draft, path, reader in draft.settings(at: path, &reader) },
        draft: { ScheduleDraft($0) }
    )

    private static let entry: [Key<ScheduleDraft>] = [
        Key(
            "every", \.every, .optional(.scalar(.duration(.seconds(1)...anyTime.upperBound)), empty: { .zero }),
            "The time from one run to the next, counted from the server's start."),
        Key(
            "cron", \.cron, .optionalScalar(.cron),
            "Five fields as in a crontab (minute, hour, day of the month, month, day of the week), or `@hourly`, "
                + "`@daily`, `@weekly`, `@monthly`, `@yearly`."),
        Key("command", \.command, .command, commandSummary, isRequired: true),
        Key(
            "name", \.name, .optional(.scalar(entryName), empty: { "" }),
            "What it is called in the log, the metrics and `weir status`.", fallback: "the program's"),
        Key("timezone", \.rest.timezone, zoneName, "Whose time of day `cron` means, such as `Europe/Berlin`."),
        Key(
            "timeout", \.rest.timeout, .duration(anyTime),
            "How long a run may take; then it is stopped, and killed ten seconds later."),
        Key("overlap", \.rest.overlap, .word, "A run that is due while the last one goes on is left out."),
        Key("directory", \.rest.directory, .path, directorySummary, fallback: "."),
        Key("environment", \.rest.environment, .texts(isName: isVariableName, masksSecrets: true), environmentSummary),
    ]

    private static let commandSummary =
        "The program and its arguments. A text is taken apart at its spaces, with quotes and backslashes, but no shell "
        + "reads it."
    private static let directorySummary = "Where it runs, seen from the directory of the file."
    private static let environmentSummary =
        "Its environment variables, besides `PATH`, `HOME`, `USER`, `LANG`, `LC_ALL` and `TZ`."

    private static let entryName = Scalar<String>.text(
        "name", expected: "a name of letters, digits, '_' and '-'", pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]*$"
    ) { text throws(Refusal) in
        guard text.isName else { throw Refusal() }
        return text
    }

    private static let zoneName = Scalar<String>.text(
        "time zone", expected: "the name of a time zone such as UTC or Europe/Berlin",
        pattern: "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"
    ) { text throws(Refusal) in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 64, text.utf8.first?.isASCIILetter == true,
            parts.allSatisfy({ part in
                !part.isEmpty && part.utf8.allSatisfy { $0.isASCIILetter || isDigit($0) || "_+-".utf8.contains($0) }
            })
        else { throw Refusal() }
        return text
    }
}

extension Kind {
    /// A value that may be missing, and has no empty form to begin with.
    static func optionalScalar<Present>(_ scalar: Scalar<Present>) -> Kind where Value == Present? {
        Kind(
            shape: .scalar(label: scalar.label, schema: scalar.schema),
            read: { written, path, value, reader in
                if let parsed = scalar.read(written, path, &reader) { value = parsed }
            },
            show: { value, path, showing in
                value.map { showing.line(YAMLWriting.scalar(scalar.print($0)), at: path) }
            }
        )
    }
}

extension Scalar where Value == CronSchedule {
    static var cron: Scalar {
        Scalar(
            label: "line of cron",
            expected: "a line of cron such as */5 * * * *, or @hourly",
            schema: ["type": "string", "pattern": "^\\s*(@[A-Za-z]+|\\S+(\\s+\\S+){4})\\s*$"],
            parse: { text throws(Refusal) in
                do throws(CronProblem) {
                    return try CronSchedule(text)
                } catch {
                    throw Refusal(
                        error.reason, suggestion: error.word.flatMap { NearestWord.to($0, among: error.known) })
                }
            },
            print: { $0.text }
        )
    }
}

extension Scalar where Value == Int {
    /// Of Linux, by name or number.
    static var signal: Scalar {
        let names = Signals.names
        let number = Scalar<Int>.count(1...64)
        return Scalar(
            label: "signal",
            expected: "a signal such as TERM, INT, QUIT, or its number from 1 to 64",
            schema: ["anyOf": [["type": "string", "pattern": "^(SIG)?[A-Z][A-Z0-9]*$"], number.schema]],
            parse: { text throws(Refusal) in
                if let number = try? number.parse(text) { return number }
                let name = text.uppercased().hasPrefix("SIG") ? String(text.uppercased().dropFirst(3)) : text
                if let known = names.first(where: { $0.name == name }) { return known.number }
                throw Refusal(suggestion: NearestWord.to(name, among: names.map(\.name)))
            },
            print: { value in names.first { $0.number == value }?.name ?? String(value) }
        )
    }
}

/// Those that somebody may want to end a program with.
enum Signals {
    static let names: [(name: String, number: Int)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ABRT", 6), ("KILL", 9), ("USR1", 10), ("USR2", 12), ("ALRM", 14),
        ("TERM", 15), ("CONT", 18), ("WINCH", 28), ("PWR", 30),
    ]
}

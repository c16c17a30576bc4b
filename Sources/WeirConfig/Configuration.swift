/// Where a configuration comes from. Flags go before the environment, the environment before the file, the file before
/// the defaults.
package struct ConfigurationSources: Sendable {
    /// `name` is what problems call the file: as the user wrote it.
    package var file: (name: String, text: String)?
    /// Absolute: the directory of the file or, without one, the directory to look at. Relative paths start here.
    package var directory: String
    package var environment: [String: String] = [:]
    package var flags = ServeFlags()
    package var facts = FileFacts.unknown

    package init(file: (name: String, text: String)? = nil, directory: String) {
        self.file = file
        self.directory = directory
    }
}

/// The flags of `weir serve` that are settings, as they were typed.
package struct ServeFlags: Equatable, Sendable {
    package var listen: [String] = []
    package var workers: String?
    package var mode: String?
    package var user: String?
    package var logLevel: String?

    package init() {}
}

/// The settings in effect, with who gave each of them.
package struct Configuration: Sendable {
    package var settings: Settings
    package var origins: Origins
    package var warnings: [ConfigurationProblem]
    /// What was found in the directory and what follows from it, one sentence a line; empty with a file.
    package var notes: [String] = []

    /// Throws every problem at once when one of them is an error.
    package static func load(_ sources: ConfigurationSources) throws(ConfigurationProblems) -> Configuration {
        var problems: [ConfigurationProblem] = []
        var detection: Detection?
        var written: Written
        if let file = sources.file {
            var reading = YAMLReading(name: file.name, text: file.text)
            let root = reading.read()
            problems += reading.problems
            guard let root else { throw ConfigurationProblems(problems) }
            written = root
        } else {
            let found = try Detection.look(at: sources.directory, sources.facts)
            written = found.written
            detection = found
        }
        var overlay = Overlay(written)
        overlay.apply(environment: sources.environment)
        overlay.apply(flags: sources.flags)
        problems += overlay.problems
        written = overlay.written

        var reader = Reader(directory: sources.directory, facts: sources.facts)
        reader.origins.root = .file(name: sources.file?.name ?? sources.directory, line: 0, column: 0)
        var settings = Settings()
        Keys.settings.read(written, "", &settings, &reader)
        Completion.complete(&settings, &reader)
        Checks.check(settings, &reader)
        problems += reader.problems

        problems.sortByPlace()
        guard problems.allSatisfy({ $0.severity == .warning }) else { throw ConfigurationProblems(problems) }
        let notes = detection.map { $0.notes + $0.consequences(of: settings, reader.origins) } ?? []
        return Configuration(settings: settings, origins: reader.origins, warnings: problems, notes: notes)
    }

    /// As YAML that loads to the same settings, each value with who gave it. Secrets are masked unless revealed.
    package func shown(revealingSecrets: Bool = false) -> String {
        let showing = Showing(origins: origins, revealsSecrets: revealingSecrets)
        let lines = Keys.settings.show(settings, "", showing)?.lines() ?? []
        return lines.joined(separator: "\n") + "\n"
    }
}

extension [ConfigurationProblem] {
    /// The file from top to bottom, then the environment, then the flags; problems of one place as they were found.
    fileprivate mutating func sortByPlace() {
        func rank(_ origin: Origin) -> (Int, String, Int, Int) {
            switch origin {
            case .file(_, let line, let column): (0, "", line, column)
            case .detected, .default: (1, "", 0, 0)
            case .environment(let name): (2, name, 0, 0)
            case .flag(let name): (3, name, 0, 0)
            }
        }
        self = enumerated()
            .sorted { a, b in
                let (first, second) = (rank(a.element.place), rank(b.element.place))
                return first == second ? a.offset < b.offset : first < second
            }
            .map(\.element)
    }
}

/// One mistake in what was configured: where it is, what is wrong there and what would be right.
package struct ConfigurationProblem: Hashable, Sendable {
    package enum Severity: Sendable { case error, warning }

    package var severity: Severity = .error
    package var place: Origin
    /// Such as `apps.web.pool.max_workers`; empty for the file as a whole.
    package var keyPath: String
    package var reason: String
    package var found: String?
    package var expected: String?
    /// The nearest word that would have been right.
    package var suggestion: String?
}

extension ConfigurationProblem {
    package var file: String? {
        if case .file(let name, _, _) = place { name } else { nil }
    }
    package var line: Int? {
        if case .file(_, let line, _) = place { line } else { nil }
    }
    package var column: Int? {
        if case .file(_, _, let column) = place { column } else { nil }
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    package var description: String {
        var text = "\(place): "
        if severity == .warning { text += "warning: " }
        if !keyPath.isEmpty { text += "\(keyPath): " }
        text += reason
        if let suggestion { text += "; did you mean '\(suggestion)'?" }
        return text.escaped(max: 2000)
    }
}

/// Why a configuration was refused: every problem of it, warnings included, in the order of the file.
package struct ConfigurationProblems: Error, Equatable, CustomStringConvertible {
    package var problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    /// What is wrong with a file or a directory as a whole.
    package init(of file: String, _ reason: String) {
        let place = Origin.file(name: file, line: 0, column: 0)
        self.init([ConfigurationProblem(place: place, keyPath: "", reason: reason)])
    }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

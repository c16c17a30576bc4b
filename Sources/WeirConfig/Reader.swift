/// Collects what a reading finds: the problems, and who gave each value.
struct Reader {
    /// Absolute; what relative paths start from.
    let directory: String
    let facts: FileFacts
    var problems: [ConfigurationProblem] = []
    var origins = Origins()
    /// Values and items of lists with an error: checks against others would only complain twice.
    var broken: Set<String> = []

    init(directory: String, facts: FileFacts) {
        self.directory = directory
        self.facts = facts
    }

    mutating func refuse(_ written: Written, at path: String, expected: String, because refusal: Refusal? = nil) {
        broken.insert(path)
        problems.append(
            ConfigurationProblem(
                place: written.origin,
                keyPath: path,
                reason: refusal?.reason ?? "expected \(expected), found \(written.inWords)",
                found: written.inWords,
                expected: expected,
                suggestion: refusal?.suggestion
            )
        )
    }

    mutating func unknownKey(_ entry: Written.Entry, at path: String, among known: [String]) {
        let suggestion = NearestWord.to(entry.key, among: known)
        let reason = suggestion == nil ? "unknown key (known: \(known.joined(separator: ", ")))" : "unknown key"
        problems.append(
            ConfigurationProblem(
                place: entry.origin, keyPath: path, reason: reason, found: entry.key, suggestion: suggestion)
        )
    }

    mutating func error(at path: String, _ reason: String, suggestion: String? = nil) {
        guard broken.insert(path).inserted else { return }
        problems.append(
            ConfigurationProblem(place: origins.nearest(path), keyPath: path, reason: reason, suggestion: suggestion)
        )
    }

    mutating func warn(at path: String, _ reason: String) {
        guard !broken.contains(path) else { return }
        problems.append(
            ConfigurationProblem(severity: .warning, place: origins.nearest(path), keyPath: path, reason: reason)
        )
    }
}

/// Who gave the value at each key path; what nobody gave is a default.
package struct Origins: Equatable, Sendable {
    private var given: [String: Origin] = [:]
    /// Where the file as a whole is reported.
    var root: Origin = .default

    package subscript(path: String) -> Origin {
        get { given[path] ?? .default }
        set { given[path] = newValue }
    }

    /// Of the path itself or of the section that should have held it.
    func nearest(_ path: String) -> Origin {
        var path = Substring(path)
        while !path.isEmpty {
            if let origin = given[String(path)] { return origin }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
            path = path[..<end]
        }
        return root
    }
}

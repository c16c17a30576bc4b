/// The outcome for people.
package struct AuditText {
    private let outcome: AuditOutcome
    private let showsAll: Bool

    package init(_ outcome: AuditOutcome, showsAll: Bool) {
        self.outcome = outcome
        self.showsAll = showsAll
    }

    package var lines: [String] {
        var lines = [heading]
        lines += outcome.warnings.map { "warning: \($0)" }
        lines += section("shown to the wrong user", outcome.leaks.map(Self.lines))
        lines += section("data of a request that stayed", findings(.requestData))
        lines += section("grew", findings(.growth))
        lines += section("changed", findings(.change))
        lines += section("answered otherwise than by a fresh worker", outcome.differences.map(Self.lines))
        if showsAll {
            lines += section("set once", findings(.initialisation))
        }
        return lines + ["", verdict]
    }

    private var heading: String {
        let paths = outcome.paths.count == 1 ? outcome.paths[0] : Self.counted(outcome.paths.count, "path")
        let users = outcome.users.count > 1 ? " as \(outcome.users.joined(separator: ", "))" : ""
        return "replayed \(paths)\(users): \(Self.counted(outcome.requests, "request"))"
    }

    private var verdict: String {
        let bad = outcome.findings.count { $0.severity > .initialisation }
        let lazy = outcome.findings.count - bad
        var parts: [String] = []
        if !outcome.leaks.isEmpty { parts.append(Self.counted(outcome.leaks.count, "leak") + " between users") }
        if bad > 0 { parts.append(Self.counted(bad, "thing") + " survived requests") }
        if !outcome.differences.isEmpty {
            parts.append(Self.counted(outcome.differences.count, "answer") + " differed")
        }
        let hint = lazy > 0 && !showsAll ? " (--all lists them)" : ""
        let rest = lazy > 0 ? "; \(Self.counted(lazy, "value")) set once and kept\(hint)" : ""
        return (parts.isEmpty ? "nothing bleeds" : parts.joined(separator: ", ")) + rest
    }

    private func section(_ title: String, _ items: [[String]]) -> [String] {
        items.isEmpty ? [] : ["", "\(title) (\(items.count)):"] + items.flatMap { $0.map { "    \($0)" } }
    }

    private func findings(_ severity: Severity) -> [[String]] {
        outcome.findings.filter { $0.severity == severity }.map(Self.lines)
    }

    private static func lines(_ finding: Finding) -> [String] {
        var second = finding.place.isEmpty ? "" : "\(finding.place), "
        second += finding.requests > 1 ? "first by \(finding.path)" : "by \(finding.path)"
        return ["\(finding.kind)  \(finding.subject) \(change(finding))", "    \(second)"]
    }

    private static func change(_ finding: Finding) -> String {
        let requests = finding.requests > 1 ? " in \(counted(finding.requests, "request"))" : ""
        switch finding.severity {
        case .growth: return "grew \(finding.before) → \(finding.after)\(requests)"
        default: return "\(finding.before) → \(finding.after)\(requests)"
        }
    }

    private static func lines(_ leak: Leak) -> [String] {
        ["\(leak.path)  answers \(leak.shownTo) with \(leak.token) of \(leak.owner), in request \(leak.request)"]
    }

    /// Of a page that is another one altogether the beginning is enough.
    private static let piecesMax = 3
    private static let pieceMax = 80

    private static func lines(_ difference: AuditOutcome.Difference) -> [String] {
        let user = difference.user == User.anonymous.name ? "" : " for \(difference.user)"
        func listed(_ title: String, _ pieces: [String]) -> [String] {
            let shown = pieces.prefix(piecesMax).map { "    \(title): \($0.prefix(pieceMax))" }
            let more = pieces.count - piecesMax
            return shown + (more > 0 ? ["    \(title): and \(more) more"] : [])
        }
        return ["\(difference.path)\(user)"] + listed("only fresh", difference.comparison.missing)
            + listed("only old  ", difference.comparison.surplus)
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

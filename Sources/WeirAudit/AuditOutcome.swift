/// What `weir audit` found out.
package struct AuditOutcome: Equatable, Sendable {
    /// An old worker's answer that a fresh one would not have given.
    package struct Difference: Equatable, Sendable {
        package var path: String
        package var user: String
        package var comparison: AnswerComparison

        package init(path: String, user: String, comparison: AnswerComparison) {
            self.path = path
            self.user = user
            self.comparison = comparison
        }
    }

    package var paths: [String]
    /// Replayed to the one worker.
    package var requests: Int
    package var users: [String]
    package var findings: [Finding] = []
    package var differences: [Difference] = []
    /// Each path, owner and other user once, with the first token.
    package var leaks: [Leak] = []
    /// What makes the result less than it could be.
    package var warnings: [String] = []

    package init(paths: [String], requests: Int, users: [String]) {
        self.paths = paths
        self.requests = requests
        self.users = users
    }

    package mutating func add(_ found: [Leak]) {
        for leak in found {
            let isKnown = leaks.contains {
                $0.path == leak.path && $0.owner == leak.owner && $0.shownTo == leak.shownTo
            }
            if !isKnown { leaks.append(leak) }
        }
    }

    /// Findings as bad as `severity` or worse; other users' data and other answers are always.
    package func hasFailed(from severity: Severity) -> Bool {
        !leaks.isEmpty || !differences.isEmpty || findings.contains { $0.severity >= severity }
    }
}

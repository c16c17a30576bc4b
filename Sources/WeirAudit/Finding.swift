/// Something that survived a request.
package struct Finding: Equatable, Sendable {
    /// `static`, `global`, `ini`, …
    package var kind: String
    /// `App\Events::$listeners`
    package var subject: String
    package var before: String
    package var after: String
    /// `file:line`, or empty.
    package var place: String
    /// How many requests changed it, as far as was told.
    package var requests: Int
    package var severity: Severity
    /// The one that did it first.
    package var path: String

    package init(
        kind: String, subject: String, before: String, after: String, place: String = "", requests: Int = 1,
        severity: Severity, path: String
    ) {
        self.kind = kind
        self.subject = subject
        self.before = before
        self.after = after
        self.place = place
        self.requests = requests
        self.severity = severity
        self.path = path
    }
}

/// What a worker told, round after round of the same requests.
package struct FindingLog: Sendable {
    /// A change that goes on is told at 1, 2, 4, 8, … requests, so the last time in the later half. What was told last in
    /// the first quarter of so many rounds has come to rest.
    static let roundsMin = 8

    private var lastRounds: [String: (requests: Int, round: Int)] = [:]
    private var latest: [Finding] = []

    package init() {}

    /// `findings`: everything that was told so far.
    package mutating func endRound(_ round: Int, _ findings: [Finding]) {
        for finding in findings {
            let key = Self.key(finding)
            if lastRounds[key]?.requests != finding.requests { lastRounds[key] = (finding.requests, round) }
        }
        latest = findings
    }

    /// The worst first. `rounds`: how many there were.
    package func findings(rounds: Int) -> [Finding] {
        latest.map { finding in
            var finding = finding
            if let last = lastRounds[Self.key(finding)]?.round, hasComeToRest(last, of: rounds) {
                finding.severity = finding.severity == .requestData ? .requestData : .initialisation
            }
            return finding
        }
        .sorted { ($1.severity, $0.kind, $0.subject) < ($0.severity, $1.kind, $1.subject) }
    }

    private func hasComeToRest(_ round: Int, of rounds: Int) -> Bool {
        rounds >= Self.roundsMin && round * 4 <= rounds
    }

    private static func key(_ finding: Finding) -> String { finding.kind + "\0" + finding.subject }
}

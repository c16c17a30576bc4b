import WeirAudit

/// What is requested, by whom and how often.
struct Replay: Sendable {
    let paths: [String]
    /// Nobody in particular is the last.
    let users: [User]
    let rounds: Int

    var requests: Int { paths.count * users.count * rounds }

    var outcome: AuditOutcome {
        AuditOutcome(paths: paths, requests: requests, users: users.map(\.name))
    }

    /// One round: every path by every user. Who comes first alternates, so that each follows on each.
    func round(_ number: Int) -> [(path: String, user: User)] {
        let shift = number % users.count
        let order = users[shift...] + users[..<shift]
        return paths.flatMap { path in order.map { (path, $0) } }
    }
}

/// Two users and nobody, against a server that somebody else runs.
struct UserReplay {
    private let replay: Replay

    init(_ replay: Replay) { self.replay = replay }

    /// What is each one's own is found out first, one user after the other.
    func run(_ client: PageClient) throws -> AuditOutcome {
        var outcome = replay.outcome
        let answers = try replay.users.map { user in
            (user: user, pairs: try replay.paths.map { (try client.get($0, as: user), try client.get($0, as: user)) })
        }
        let comparison = UserComparison(answers)
        outcome.warn(of: comparison)
        var number = 0
        for round in 0..<replay.rounds {
            for (path, user) in replay.round(round) {
                number += 1
                let answer = try client.get(path, as: user)
                outcome.add(comparison.leaks(in: answer, to: user.name, path: path, request: number))
            }
        }
        return outcome
    }
}

extension AuditOutcome {
    mutating func warn(of comparison: UserComparison) {
        warnings += comparison.indistinguishable.map {
            "\($0) is shown nothing that others are not: is that header field right, and the path one of a user's own?"
        }
    }

    mutating func warn(of answer: PageAnswer, to path: String) {
        if answer.status >= 500 { warnings.append("\(path) answers \(answer.status) in worker mode") }
    }
}

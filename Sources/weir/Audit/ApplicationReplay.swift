import WeirAudit
import WeirConfig
import WeirCore
import WeirServer

/// The application by itself: what its worker reports, and what it answers compared with fresh workers.
struct ApplicationReplay {
    private let replay: Replay
    private let configuration: Configuration
    /// Places are told as seen from here.
    private let directory: String

    init(_ replay: Replay, _ configuration: Configuration, directory: String) {
        self.replay = replay
        self.configuration = configuration
        self.directory = directory
    }

    private struct Answers {
        var user: User
        /// By path.
        var pairs: [(PageAnswer, PageAnswer)]
    }

    func run() async throws -> AuditOutcome {
        var outcome = replay.outcome
        let (fresh, port) = try await freshAnswers()
        for answers in fresh.suffix(1) {
            for (path, pair) in zip(replay.paths, answers.pairs) { outcome.warn(of: pair.0, to: path) }
        }
        let comparison = UserComparison(fresh.map { ($0.user, $0.pairs) })
        outcome.warn(of: comparison)
        let application = try await AuditedApplication.start(configuration, .old, port: port)
        do {
            try serve(application, comparison, &outcome)
            try compare(application.client, with: fresh, &outcome)
        } catch {
            await application.server.stop()
            throw error
        }
        await application.server.stop()
        return outcome
    }

    /// Two of each, so that what changes by itself is known.
    private func freshAnswers() async throws -> (answers: [Answers], port: Int) {
        let application = try await AuditedApplication.start(configuration, .fresh, port: 0)
        do {
            let answers = try replay.users.map { user in
                Answers(
                    user: user,
                    pairs: try replay.paths.map { path in
                        (try application.client.get(path, as: user), try application.client.get(path, as: user))
                    })
            }
            await application.server.stop()
            return (answers, application.client.port)
        } catch {
            await application.server.stop()
            throw error
        }
    }

    private func serve(
        _ application: AuditedApplication, _ comparison: UserComparison, _ outcome: inout AuditOutcome
    ) throws {
        var log = FindingLog()
        var number = 0
        for round in 1...replay.rounds {
            for (path, user) in replay.round(round) {
                number += 1
                let answer = try application.client.get(path, as: user)
                outcome.add(comparison.leaks(in: answer, to: user.name, path: path, request: number))
            }
            log.endRound(round, application.findings(seenFrom: directory))
        }
        // The only worker takes this request when all has been told of the last one.
        _ = try application.client.get(replay.paths[0], as: .anonymous)
        log.endRound(replay.rounds, application.findings(seenFrom: directory))
        outcome.findings = log.findings(rounds: replay.rounds)
    }

    /// What the old worker answers now.
    private func compare(_ client: PageClient, with fresh: [Answers], _ outcome: inout AuditOutcome) throws {
        for answers in fresh {
            for (path, pair) in zip(replay.paths, answers.pairs) {
                let old = try client.get(path, as: answers.user)
                let comparison = AnswerComparison(fresh: pair.0, pair.1, old: old)
                if !comparison.isEmpty {
                    outcome.differences.append(
                        AuditOutcome.Difference(path: path, user: answers.user.name, comparison: comparison))
                }
            }
        }
    }
}

extension AuditedApplication {
    /// So far.
    fileprivate func findings(seenFrom directory: String) -> [Finding] {
        server.auditFindings.map { finding in
            Finding(
                kind: finding.subject.kind, subject: Self.path(finding.subject.name, from: directory),
                before: finding.report.before,
                after: finding.report.after, place: Self.path(finding.subject.place, from: directory),
                requests: finding.report.requests,
                severity: Severity(rawValue: finding.report.severity) ?? .change, path: finding.firstPath)
        }
    }
    private static func path(_ path: String, from directory: String) -> String {
        path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.count + 1)) : path
    }
}

import Foundation
import WeirAudit

/// The outcome for programs.
struct AuditJSON: Encodable {
    private struct FindingFacts: Encodable {
        let kind: String
        let subject: String
        let severity: String
        let before: String
        let after: String
        /// `file:line`, or empty.
        let place: String
        let requests: Int
        let firstPath: String
    }

    private struct DifferenceFacts: Encodable {
        let path: String
        let user: String
        let missing: [String]
        let surplus: [String]
    }

    private struct LeakFacts: Encodable {
        let path: String
        let owner: String
        let shownTo: String
        let token: String
        let request: Int
    }

    private let failed: Bool
    private let requests: Int
    private let paths: [String]
    private let users: [String]
    private let findings: [FindingFacts]
    private let differences: [DifferenceFacts]
    private let leaks: [LeakFacts]
    private let warnings: [String]

    init(_ outcome: AuditOutcome, failOn: Severity) {
        failed = outcome.hasFailed(from: failOn)
        requests = outcome.requests
        paths = outcome.paths
        users = outcome.users
        findings = outcome.findings.map {
            FindingFacts(
                kind: $0.kind, subject: $0.subject, severity: $0.severity.rawValue, before: $0.before, after: $0.after,
                place: $0.place, requests: $0.requests, firstPath: $0.path)
        }
        differences = outcome.differences.map {
            DifferenceFacts(
                path: $0.path, user: $0.user, missing: $0.comparison.missing, surplus: $0.comparison.surplus)
        }
        leaks = outcome.leaks.map {
            LeakFacts(path: $0.path, owner: $0.owner, shownTo: $0.shownTo, token: $0.token, request: $0.request)
        }
        warnings = outcome.warnings
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

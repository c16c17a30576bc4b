import Foundation
import Testing

@testable import WeirAudit

/// What a user reads is written down. `WEIR_GOLDEN=update swift test` rewrites the files.
@Suite struct AuditTextTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    private static var everything: AuditOutcome {
        var outcome = AuditOutcome(paths: ["/", "/cart"], requests: 300, users: ["ann", "ben", "nobody"])
        outcome.findings = [
            Finding(
                kind: "static", subject: #"App\CurrentUser::$name"#, before: "null", after: #""ann@example.org""#,
                place: "src/CurrentUser.php:9", severity: .requestData, path: "/"),
            Finding(
                kind: "static", subject: #"App\Events::$listeners"#, before: "1", after: "512",
                place: "src/Events.php:12", requests: 256, severity: .growth, path: "/cart"),
            Finding(
                kind: "timezone", subject: "default timezone", before: #""UTC""#, after: #""Europe/Berlin""#,
                requests: 2, severity: .change, path: "/"),
            Finding(
                kind: "object", subject: #"App\Kernel::$instance->router"#, before: "null",
                after: #"object(App\Router)"#,
                place: "src/Kernel.php:30", severity: .initialisation, path: "/"),
        ]
        let fresh = PageAnswer(status: 200, body: "Hello guest\na\nb\nc\nd\ne")
        outcome.differences = [
            AuditOutcome.Difference(
                path: "/", user: "nobody",
                comparison: AnswerComparison(fresh: fresh, fresh, old: PageAnswer(status: 200, body: "Hello ann"))),
            AuditOutcome.Difference(
                path: "/cart", user: "ben",
                comparison: AnswerComparison(fresh: fresh, fresh, old: PageAnswer(status: 500, body: fresh.body))),
        ]
        outcome.add([
            Leak(path: "/cart", owner: "ann", shownTo: "ben", token: Tokens.shortened("ann@example.org"), request: 12),
            Leak(path: "/cart", owner: "ann", shownTo: "ben", token: Tokens.shortened("session-7"), request: 14),
        ])
        outcome.warnings = ["/cart answers 500 in worker mode"]
        return outcome
    }

    private static var lazy: AuditOutcome {
        var outcome = AuditOutcome(paths: ["/"], requests: 50, users: ["nobody"])
        outcome.findings = everything.findings.filter { $0.severity == .initialisation }
        return outcome
    }

    private static var clean: AuditOutcome { AuditOutcome(paths: ["/"], requests: 50, users: ["nobody"]) }

    @Test(arguments: ["everything", "everything-all", "lazy", "clean"])
    func theTextIsTheOneWrittenDown(name: String) throws {
        let outcome = name.hasPrefix("everything") ? Self.everything : name == "lazy" ? Self.lazy : Self.clean
        let text = AuditText(outcome, showsAll: name.hasSuffix("-all")).lines.joined(separator: "\n") + "\n"
        let file = Self.folder.appendingPathComponent("\(name).txt")
        if ProcessInfo.processInfo.environment["WEIR_GOLDEN"] == "update" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try text == String(contentsOf: file, encoding: .utf8))
    }

    @Test func whatFailsIsAQuestionOfSeverity() {
        #expect(!Self.clean.hasFailed(from: .initialisation))
        #expect(!Self.lazy.hasFailed(from: .change))
        #expect(Self.lazy.hasFailed(from: .initialisation))
        #expect(Self.everything.hasFailed(from: .requestData))
    }

    @Test func aLeakOrAnotherAnswerFailsWhateverTheSeverity() {
        var leaking = Self.clean
        leaking.add([Leak(path: "/", owner: "a", shownTo: "b", token: "x", request: 1)])
        #expect(leaking.hasFailed(from: .requestData))
        var different = Self.clean
        different.differences = Self.everything.differences
        #expect(different.hasFailed(from: .requestData))
    }
}

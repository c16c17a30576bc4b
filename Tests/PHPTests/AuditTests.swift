import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("What bleeds is found")
    struct AuditTests {
        private struct Patterns: Decodable {
            struct Pattern: Decodable {
                let name: String
                /// The kind of finding, or `reset`: Weir puts it back.
                let expect: String
            }
            let patterns: [Pattern]
        }

        private struct Outcome: Decodable {
            struct Finding: Decodable {
                let kind: String
                let subject: String
                let severity: String
                let place: String
                let firstPath: String
            }
            struct Difference: Decodable { let path: String }
            struct Leak: Decodable {
                let path: String
                let owner: String
                let shownTo: String
                let token: String
            }
            let failed: Bool
            let findings: [Finding]
            let differences: [Difference]
            let leaks: [Leak]
        }

        private static let source = Package.path("Tests/Applications/bleeding")

        private static func patterns() throws -> [Patterns.Pattern] {
            let data = try Data(contentsOf: URL(fileURLWithPath: source + "/patterns.json"))
            return try JSONDecoder().decode(Patterns.self, from: data).patterns
        }

        /// Runs it on the application of known patterns, which is copied to where everybody may read it, or on a worker
        /// script of its own.
        private func audit(_ arguments: [String], script: String? = nil) throws -> (exit: Int32, text: String) {
            let site = try TemporaryDirectory()
            try FileManager.default.copyItem(atPath: Self.source, toPath: site("app"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: site("app"))
            if let script { try site.write("app/worker.php", script) }
            try site.write(
                "weir.yaml",
                """
                apps:
                  web:
                    runtime: php
                    root: app/public
                    mode: worker
                    worker: {script: app/worker.php}
                """)
            let command = try Command([try WeirProcess.binary(), "audit", site("weir.yaml")] + arguments)
            let status = try command.finish(within: 120)
            return (status, command.output)
        }

        private func outcome(_ arguments: [String], script: String? = nil) throws -> (exit: Int32, Outcome) {
            let (exit, text) = try audit(arguments + ["--json"], script: script)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            do {
                return (exit, try decoder.decode(Outcome.self, from: Data(text.utf8)))
            } catch {
                throw TestFailure("not the expected JSON: \(text.prefix(2_000))")
            }
        }

        @Test func everyKnownPatternIsFoundOrPutBack() throws {
            let patterns = try Self.patterns()
            let paths = patterns.map { "/\($0.name)?visitor=first_visitor" }
            let (exit, outcome) = try outcome(["--requests", "9"] + paths)
            #expect(exit == 1 && outcome.failed)
            let resetKinds: Set = [
                "ini", "session", "output", "timezone", "locale", "environment", "directory", "other", "handler",
                "transaction", "global",
            ]
            for pattern in patterns {
                let found = outcome.findings.filter { $0.firstPath == "/" + pattern.name }
                if pattern.expect == "reset" {
                    let left = found.filter { resetKinds.contains($0.kind) && $0.severity == "change" }
                    #expect(left.isEmpty, "\(pattern.name) is put back: \(left.map(\.subject))")
                } else {
                    #expect(
                        found.contains { $0.kind == pattern.expect }, "\(pattern.name) is found as \(pattern.expect)")
                }
            }
        }

        private static let forgetsNobody = """
            <?php
            $handler = function () {
                static $first;
                $first ??= $_SERVER['HTTP_X_VISITOR'] ?? 'nobody at all';
                echo "<p>Hello $first</p>";
            };
            while (weir_handle_request($handler));
            """

        private static let forgets = """
            <?php
            $handler = function () {
                echo '<p>Hello ' . ($_SERVER['HTTP_X_VISITOR'] ?? 'nobody at all') . '</p>';
            };
            while (weir_handle_request($handler));
            """

        private static let users = ["--as", "ann", "X-Visitor: anns-secret", "--as", "ben", "X-Visitor: bens-secret"]

        @Test func whoIsShownAnothersDataIsNamed() throws {
            let arguments = ["/account", "--requests", "3"] + Self.users
            let (exit, outcome) = try outcome(arguments, script: Self.forgetsNobody)
            #expect(exit == 1)
            let owners = Set(outcome.leaks.map(\.owner))
            #expect(owners.count == 1, "the first one stays")
            #expect(outcome.leaks.allSatisfy { $0.path == "/account" && $0.owner != $0.shownTo })
            #expect(outcome.leaks.allSatisfy { $0.token.hasSuffix("… (11 characters)") })
            #expect(outcome.findings.contains { $0.kind == "function-static" && $0.severity == "request-data" })
        }

        @Test func usersWhoAreKeptApartAreNoLeak() throws {
            let (exit, text) = try audit(["/account", "--requests", "3"] + Self.users, script: Self.forgets)
            #expect(exit == 0 && text.contains("nothing bleeds"), "\(text)")
        }

        /// Of a server that somebody else runs.
        @Test func aRunningServersUsersAreCompared() throws {
            let site = try TemporaryDirectory()
            try site.write("worker.php", Self.forgetsNobody)
            let yaml = """
                apps:
                  web:
                    runtime: php
                    root: .
                    mode: worker
                    worker: {script: worker.php}
                    pool: {manager: static, max_workers: 1}
                """
            let server = try WeirProcess(site, yaml)
            let address = "http://127.0.0.1:\(server.port)"
            let arguments = [try WeirProcess.binary(), "audit", address, "/", "--requests", "2"] + Self.users
            let command = try Command(arguments)
            let status = try command.finish(within: 60)
            // The first one's name is on everybody's pages, so it is nobody's: only what is sent tells them apart.
            #expect(status == 0 || status == 1, "\(command.output)")
            #expect(command.output.contains("replayed / as ann, ben, nobody: 6 requests"), "\(command.output)")
        }

        @Test func whatIsCleanIsSaidToBe() throws {
            let (exit, text) = try audit(["/nowhere", "--requests", "3"])
            #expect(exit == 0 && text.contains("nothing bleeds"), "\(text)")
        }

        @Test func whatDoesNotStartCannotBeAudited() throws {
            let (exit, text) = try audit(["--script", "/nowhere/worker.php"])
            #expect(exit == 2, "\(text)")
        }
    }
}

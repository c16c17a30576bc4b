import Foundation
import Testing

@Suite struct ConfigCommandTests {
    @Test func checkOfAGoodFileEndsWith0() throws {
        let command = try Command.run(["config", "check", "good"])
        #expect(command.exitCode == 0)
        #expect(command.output == "good/weir.yaml: ok\n")
        #expect(command.error == "")
    }

    @Test func checkReportsEveryMistakeAndEndsWith1() throws {
        let command = try Command.run(["config", "check", "broken"])
        #expect(command.exitCode == 1)
        #expect(command.output == "")
        #expect(
            command.error == """
                broken/weir.yaml:4: apps.web.pool.max_worker: unknown key; did you mean 'max_workers'?
                broken/weir.yaml:5: apps.web.timeouts.request: '30' has no unit; did you mean '30s'?

                """)
    }

    @Test func aWarningAloneEndsWith0() throws {
        let command = try Command.run(["config", "check", "good"], environment: ["WEIR_LIMIT_BODY": "1MiB"])
        #expect(command.exitCode == 0)
        #expect(command.error.contains("WEIR_LIMIT_BODY"))
        #expect(command.error.contains("WEIR_LIMITS_BODY"))
    }

    @Test(arguments: ["missing", "good/weir.yml"]) func whereThereIsNothingEndsWith1(place: String) throws {
        let command = try Command.run(["config", "check", place])
        #expect(command.exitCode == 1)
        #expect(command.error.contains(place))
    }

    /// The same verdict as 'config check', before a port is taken.
    @Test func serveRefusesWhatCheckRefuses() throws {
        let check = try Command.run(["config", "check", "broken"])
        let serve = try Command.run(["serve", "broken"])
        #expect(serve.exitCode == 1)
        #expect(serve.error == check.error)
    }

    @Test func showPrintsAFileThatLoadsToTheSame() throws {
        let first = try Command.run(["config", "show", "good", "--workers", "3"])
        #expect(first.exitCode == 0)
        #expect(first.output.contains("max_workers: 3  # flag --workers"))
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("weir-show-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("weir.yaml")
        try first.output.write(to: file, atomically: true, encoding: .utf8)
        let second = try Command.run(["config", "show", file.path])
        #expect(second.exitCode == 0)
        #expect(Self.withoutOrigins(second.output) == Self.withoutOrigins(first.output))
    }

    @Test func showHidesSecretsUnlessAskedForThem() throws {
        #expect(try !Command.run(["config", "show", "good"]).output.contains("hunter2"))
        #expect(try Command.run(["config", "show", "good", "--secrets"]).output.contains("hunter2"))
    }

    @Test func schemaIsJSONWithEveryTopLevelKey() throws {
        let command = try Command.run(["config", "schema"])
        #expect(command.exitCode == 0)
        let document = try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any]
        let keys = (document?["properties"] as? [String: Any])?.keys
        for key in ["listen", "apps", "routes", "lanes", "limits", "timeouts"] {
            #expect(keys?.contains(key) == true, "\(key)")
        }
    }

    private static func withoutOrigins(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.components(separatedBy: "  #")[0] }
    }
}

import Foundation
import Testing

/// What a user reads is written down, so that every change of it is seen. `WEIR_GOLDEN=update swift test` rewrites the
/// files.
@Suite struct HelpTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    @Test(arguments: [
        "--help", "--version", "serve --help", "config --help", "config show --help", "config check --help",
        "config schema --help", "unknown", "serve --workers", "serve --unknown", "status --help", "workers --help",
        "processes --help", "restart --help", "recycle --help", "drain --help", "reload --help", "explain --help",
        "top --help", "status --unknown",
        "recycle", "audit --help", "audit --requests 0", "audit . cart", "audit http://127.0.0.1:1",
        "audit . / --as ann Cookie:x", "audit nowhere",
        "status --admin nowhere", "status --admin unix:/nowhere/weir.sock",
    ])
    func theTextIsTheOneWrittenDown(arguments: String) throws {
        let command = try Command.run(arguments.split(separator: " ").map(String.init))
        let actual = "exit \(command.exitCode)\n\(command.output)\(command.error)"
        let name = arguments.split { !$0.isLetter }.joined(separator: "-")
        let file = Self.folder.appendingPathComponent("\(name).txt")
        if ProcessInfo.processInfo.environment["WEIR_GOLDEN"] == "update" {
            try actual.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try actual == String(contentsOf: file, encoding: .utf8))
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func aCompletionScriptKnowsEverySubcommand(shell: String) throws {
        let command = try Command.run(["--generate-completion-script", shell])
        #expect(command.exitCode == 0)
        for word in [
            "serve", "audit", "config", "show", "check", "schema", "listen", "log-level", "status", "top", "drain",
            "admin",
        ] {
            #expect(command.output.contains(word), "\(word)")
        }
    }

    @Test func aBashCompletionScriptIsBash() throws {
        let script = try Command.run(["--generate-completion-script", "bash"]).output
        let bash = Process()
        bash.executableURL = URL(fileURLWithPath: "/bin/bash")
        bash.arguments = ["-n", "-c", script]
        try bash.run()
        bash.waitUntilExit()
        #expect(bash.terminationStatus == 0)
    }
}

import ArgumentParser
import Foundation
import WeirAudit
import WeirConfig

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Find out what a request leaves behind for the next one in worker mode.",
        discussion: """
            Starts the application in worker mode with one worker, replays requests to it, and tells what survived them, \
            what grew, and which answers a fresh worker gives otherwise. With two users it also looks for one's data in \
            the other's answers; of a server that runs already (http://…) only that can be found out.

            weir audit . --path / --path /cart
            weir audit . /cart --as ann 'Cookie: s=a1' --as ben 'Cookie: s=b2'

            Ends with 0 when nothing was found, with 1 when something was, and with 2 when it could not be found out.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The application's directory, a configuration file, or the address of a running server.",
            valueName: "target"))
    var target = "."

    @Argument(help: ArgumentHelp("Paths to request. Otherwise /.", valueName: "url-path"))
    var paths: [String] = []

    @Option(
        name: .customLong("path"), parsing: .singleValue,
        help: ArgumentHelp("Another path to request.", valueName: "url-path"))
    var morePaths: [String] = []

    @Option(name: .long, help: ArgumentHelp("How often each path is requested, by each user.", valueName: "count"))
    var requests = 50

    @Option(
        name: .customLong("as"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "A user: a name, and header fields that say who he is. For two users or more.",
            valueName: "name 'Header: value'"))
    var users: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What starts the application: laravel, symfony, psr15, plain or a file. Otherwise as configured.",
            valueName: "script"))
    var script: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "From which severity on findings make it end with 1.",
            valueName: "severity"))
    var failOn = Severity.change

    @Flag(name: .long, help: "List values too that were set once, as what is made when it is first needed.")
    var all = false

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    private static let requestsMax = 100_000

    func validate() throws {
        guard (1...Self.requestsMax).contains(requests) else {
            throw ValidationError("--requests is from 1 to \(Self.requestsMax)")
        }
        if let path = allPaths.first(where: { !Self.isPath($0) }) {
            throw ValidationError("'\(path)' is no path of a request; expected one that begins with /")
        }
        _ = try namedUsers()
        if isRunningServer, users.isEmpty {
            throw ValidationError("of a running server only two users' answers can be compared: --as … --as …")
        }
    }

    private static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.allSatisfy { $0 > 32 && $0 < 127 }
    }

    private var isRunningServer: Bool { target.hasPrefix("http://") || target.hasPrefix("https://") }

    private var allPaths: [String] {
        let given = paths + morePaths
        return given.isEmpty ? ["/"] : given
    }

    private func namedUsers() throws -> [User] {
        do {
            return try User.all(from: users)
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() throws {
        let replay = Replay(paths: allPaths, users: try namedUsers() + [.anonymous], rounds: requests)
        let outcome: AuditOutcome
        do {
            outcome = try isRunningServer ? UserReplay(replay).run(PageClient(target)) : audit(replay)
        } catch {
            Standard.error(["weir: \(Shown.text("\(error)", keepsLines: true))"])
            throw ExitCode(2)
        }
        if json {
            print(AuditJSON(outcome, failOn: failOn).text)
        } else {
            print(AuditText(outcome, showsAll: all).lines.map { Shown.text($0) }.joined(separator: "\n"))
        }
        if outcome.hasFailed(from: failOn) { throw ExitCode(1) }
    }

    private func audit(_ replay: Replay) throws -> AuditOutcome {
        let configuration = try AuditedApplication.configuration(of: target, script: script)
        let directory = try ConfigurationPlace(target).directory
        return try Waiting.run { try await ApplicationReplay(replay, configuration, directory: directory).run() }
    }
}

extension Severity: ExpressibleByArgument {}

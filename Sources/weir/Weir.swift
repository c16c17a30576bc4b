import ArgumentParser
import Foundation
import WeirServer

/// Not an `AsyncParsableCommand`: its main thread would be parked inside `pthread_exit`, where giving up root does not
/// reach it.
@main
struct Weir: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "Serve PHP applications and static files: one program in place of nginx and php-fpm.",
        discussion: """
            weir serve               the application in this directory
            weir serve /srv/shop     the one in another
            weir serve weir.yaml     what a configuration says
            weir config check        every mistake in it, before anything starts
            weir audit               what requests leave behind in worker mode
            weir status              what the server that runs here does
            """,
        version: Version.current,
        subcommands: [ServeCommand.self, ConfigCommand.self, AuditCommand.self, StandInCommand.self],
        groupedSubcommands: [CommandGroup(name: "A running server", subcommands: operatorCommands)]
    )

    /// Those that talk to a running server.
    private static let operatorCommands: [any ParsableCommand.Type] = [
        StatusCommand.self, WorkersCommand.self, TopCommand.self, ProcessesCommand.self, RecycleCommand.self,
        RestartCommand.self, DrainCommand.self, ReloadCommand.self, ExplainCommand.self,
    ]

    /// A wrong command line of these ends with 2: scripts tell it from a server that is not there, or from findings.
    private static let commandsForScripts = operatorCommands + [AuditCommand.self]

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let isForScripts = CommandLine.arguments.dropFirst().first.map { name in
                commandsForScripts.contains { $0.configuration.commandName == name }
            }
            guard isForScripts == true, exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Standard.error([fullMessage(for: error)])
            Foundation.exit(2)
        }
    }
}

import ArgumentParser
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
            """,
        version: Version.current,
        subcommands: [ServeCommand.self, ConfigCommand.self]
    )
}

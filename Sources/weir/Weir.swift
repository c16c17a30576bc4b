import ArgumentParser

@main
struct Weir: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "An application server that runs as many workers as the machine can feed, and queues the rest.",
        version: "0.1.0",
        subcommands: [ServeCommand.self, ConfigCommand.self]
    )
}

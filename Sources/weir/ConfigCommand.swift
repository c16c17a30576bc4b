import ArgumentParser
import Foundation
import WeirConfig

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check the configuration, or print what is in effect.",
        discussion: """
            A value comes from a flag, or else from an environment variable, or else from weir.yaml, or else it is the \
            default. A key's variable is WEIR_ and its path in capitals: limits.body is WEIR_LIMITS_BODY.
            """,
        subcommands: [Show.self, Check.self, SchemaCommand.self, Docs.self],
        defaultSubcommand: Show.self
    )

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the configuration in effect, each value with where it comes from.",
            discussion: "What is printed is a complete weir.yaml. Values that look like secrets are printed as ***."
        )

        @OptionGroup var options: ServeOptions

        @Flag(name: .long, help: "Print secrets as they are.")
        var secrets = false

        func run() throws {
            let configuration = try options.loadOrExit()
            Standard.error(configuration.warnings.map(\.description) + configuration.notes.map { "# \($0)" })
            print(configuration.shown(revealingSecrets: secrets), terminator: "")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report every mistake in the configuration; exit with 1 if there is one.",
            discussion: """
                Reads what 'weir serve' with the same arguments would read, environment variables included, and starts \
                nothing. Warnings alone exit with 0.
                """
        )

        @OptionGroup var options: ServeOptions

        func run() throws {
            let configuration = try options.loadOrExit()
            Standard.error(configuration.warnings.map(\.description))
            for note in configuration.notes { print(note) }
            print("\(try ConfigurationPlace(options.path).name): ok")
        }
    }

    struct SchemaCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema",
            abstract: "Print the JSON Schema of weir.yaml, for editors.",
            discussion: """
                For an editor with the YAML language server: write it to weir.schema.json, and begin weir.yaml with the \
                line '# yaml-language-server: $schema=weir.schema.json'.
                """
        )

        func run() { print(Schema.document().formatted()) }
    }

    struct Docs: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the table of keys that docs/configuration.md contains.",
            shouldDisplay: false
        )

        func run() { print(Reference.markdown(), terminator: "") }
    }
}

extension ServeOptions {
    /// Prints the problems as they are, without the "Error:" that would make the first line differ from the others.
    func loadOrExit() throws -> Configuration {
        do {
            return try load()
        } catch let problems as ConfigurationProblems {
            Standard.error([problems.description])
            throw ExitCode(1)
        }
    }
}

enum Standard {
    /// Lines for standard error.
    static func error(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }
}

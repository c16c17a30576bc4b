import ArgumentParser
import Foundation
import WeirConfig

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show, check and describe the configuration.",
        discussion: """
            A flag goes before an environment variable, that before weir.yaml, and that before the default. The variable \
            of a key is WEIR_ and its path in capitals: limits.body is WEIR_LIMITS_BODY.
            """,
        subcommands: [Show.self, Check.self, SchemaCommand.self, Docs.self],
        defaultSubcommand: Show.self
    )

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the configuration in effect, each value with who gave it.",
            discussion: "What is printed is a complete weir.yaml. Values that look like secrets are printed as ***."
        )

        @OptionGroup var options: ServeOptions

        @Flag(name: .long, help: "Print secrets too.")
        var secrets = false

        func run() throws {
            let configuration = try options.loadOrExit()
            Standard.error(configuration.warnings.map(\.description) + configuration.notes.map { "# \($0)" })
            print(configuration.shown(revealingSecrets: secrets), terminator: "")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report every mistake in the configuration; exit with 1 if there is an error.",
            discussion: "Environment variables and flags are checked too: as 'weir serve' would see them."
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
                Editors with the YAML language server use it after 'weir config schema > weir.schema.json' and a first \
                line of '# yaml-language-server: $schema=weir.schema.json' in weir.yaml.
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

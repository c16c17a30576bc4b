import ArgumentParser
import Foundation
import Logging
import Synchronization
import WeirConfig
import WeirProcess
import WeirServer
import WeirTelemetry

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve an application: from its weir.yaml, or from what its directory holds.",
        discussion: """
            SIGTERM and SIGINT end it gracefully; a second one ends it at once. In a container it may be process 1.
            """
    )

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let configuration = try options.loadOrExit()
        Standard.error(configuration.warnings.map(\.description) + configuration.notes)
        let settings = configuration.settings
        let writer = LogWriter(descriptor: STDERR_FILENO)
        let logger = Logger(label: "weir") { _ in
            TextLogHandler(writer: writer, level: Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info)
        }
        do {
            let server = try Server(settings: settings, logger: logger, logWriter: writer)
            let signals = try ServerSignals(server: server, logger: logger)
            let addresses = try await server.start()
            Standard.error(addresses.map { "listening on \($0)" })
            await signals.wait()
            await server.stop()
        } catch {
            writer.flush()
            Standard.error(["weir: \(error)"])
            throw ExitCode(1)
        }
    }
}

import ArgumentParser
import Dispatch
import Foundation
import Logging
import Synchronization
import WeirConfig
import WeirProcess
import WeirServer
import WeirTelemetry

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve an application: as its weir.yaml says, or as its directory suggests.",
        discussion: """
            The log goes to standard error, the access log to standard output. SIGTERM or SIGINT finishes the requests \
            that are under way and stops; a second one stops at once. In a container it may be process 1.
            """
    )

    @OptionGroup var options: ServeOptions

    /// Blocks the main thread while the server runs on others.
    func run() throws {
        ServerSignals.unblock()
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let ended = DispatchSemaphore(value: 0)
        Task {
            let result: Result<Void, any Error>
            do {
                result = .success(try await serve())
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
            ended.signal()
        }
        ended.wait()
        try outcome.withLock { $0 }?.get()
    }

    private func serve() async throws {
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

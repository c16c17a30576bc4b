import ArgumentParser
import Foundation
import Logging
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
        try Waiting.run { try await serve() }
    }

    private func serve() async throws {
        let configuration = try options.loadOrExit()
        Standard.error(configuration.warnings.map(\.description) + configuration.notes)
        let logs = Logs(level: configuration.settings.logLevel)
        var before: Handover?
        do {
            let inherited = try Handover.inherited()
            before = inherited?.1
            let server = try Server(
                configuration, reloading: { [options] in try options.load() }, logs: logs,
                inherited: inherited?.sockets ?? [:])
            let signals = try ServerSignals(server: server, logs: logs)
            let addresses = try await server.start(whenReady: before != nil) { [before] in await before?.takeTurn() }
            before?.tell(.ready)
            let beforeEnded = startProcesses(of: server, after: before)
            Standard.error(addresses.map { "listening on \($0)" })
            let end = await signals.wait()
            if case .replaced(let replacement) = end { before?.tell(.successor(replacement.pid)) }
            await server.stop {
                guard case .replaced(let replacement) = end else { return }
                // Replaced while it waited itself.
                _ = await beforeEnded?.value
                replacement.handover.tellProcessesEnded(at: WallClock.now.seconds)
            }
            // Whoever replaced another process has one to stand in for it already.
            if case .replaced(let replacement) = end, before == nil { replacement.standIn() }
        } catch {
            before?.tell(.failed("\(error)"))
            logs.flush()
            Standard.error(["weir: \(error)"])
            throw ExitCode(1)
        }
    }

    /// Never beside those of the process that this one replaces: a queue's job would run twice. Returns what tells when
    /// those have ended; nil: there were none.
    private func startProcesses(of server: Server, after before: Handover?) -> Task<Void, Never>? {
        guard let before, before.hasProcesses else {
            server.startProcesses()
            return nil
        }
        return Task {
            server.startProcesses(since: await before.waitForProcesses())
        }
    }
}

extension Replacement {
    fileprivate func standIn() {
        StandIn.become(program: program, for: pid, handover: handover)
        Standard.error(["weir: cannot stand in for process \(pid): \(SystemError("becoming \(program)"))"])
    }
}

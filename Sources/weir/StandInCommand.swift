import ArgumentParser
import Glibc
import WeirProcess

/// What a server becomes once another process has taken over; see ``StandIn``.
struct StandInCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stand-in", abstract: "Stand in for a server that has replaced this process.",
        shouldDisplay: false
    )

    @Argument var pid: Int32

    func run() { StandIn.run(for: pid_t(pid)) }
}

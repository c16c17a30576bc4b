import WeirConfig
import WeirCore
import WeirProcess

/// How any other program that speaks HTTP is started.
package enum HTTPGuest {
    /// What a process may use, decided from the container's limits. Go's runtime takes both; others do not look.
    package struct Share: Sendable {
        package var processors: Int
        /// As `GOMEMLIMIT` takes it.
        package var memory: String

        package init(processors: Int, memory: String) {
            self.processors = processors
            self.memory = memory
        }
    }

    package static func program(for app: AppSettings, share: Share, user: UserIdentity?) throws -> ChildProcess {
        var environment = ProgramEnvironment.inherited(by: user)
        environment.merge(app.environment) { _, own in own }
        environment["GOMAXPROCS"] = environment["GOMAXPROCS"] ?? "\(share.processors)"
        environment["GOMEMLIMIT"] = environment["GOMEMLIMIT"] ?? share.memory
        return try ProgramEnvironment.program(app.command, of: app, environment)
    }
}

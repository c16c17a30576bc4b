import WeirConfig
import WeirCore
import WeirProcess

/// How any other program that speaks HTTP is started.
package enum HTTPGuest {
    /// What a process may use, decided from the container's limits. Go's runtime takes both; others do not look.
    package struct Share: Sendable {
        package var processors: Int
        /// nil: the container has no limit.
        package var goMemory: Bytes?

        package init(processors: Int, goMemory: Bytes?) {
            self.processors = processors
            self.goMemory = goMemory
        }
    }

    package static func program(for app: AppSettings, share: Share, user: UserIdentity?) throws -> ChildProcess {
        var environment = ProgramEnvironment.inherited(by: user)
        environment.merge(app.environment) { _, own in own }
        environment["GOMAXPROCS"] = environment["GOMAXPROCS"] ?? "\(share.processors)"
        environment["GOMEMLIMIT"] = environment["GOMEMLIMIT"] ?? share.goMemory.map { "\($0.count)" }
        return try ProgramEnvironment.program(app.command, of: app, environment)
    }
}

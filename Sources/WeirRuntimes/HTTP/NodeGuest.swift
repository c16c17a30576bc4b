import Glibc
import WeirConfig
import WeirCore
import WeirProcess

/// How a Node.js application is started: unmodified, with a guest loaded before it that makes it listen where Weir says
/// and reports how its event loop does.
package enum NodeGuest {
    package struct NodeNotFound: Error, CustomStringConvertible {
        let path: String
        package var description: String { "there is no 'node' in PATH (\(path)); install Node.js 18 or later" }
    }

    /// What a process may use, decided from the container's limits.
    package struct Share: Sendable {
        package var oldSpace: Bytes?
        package var semiSpace: Bytes?
        package var threadpool: Int?
        /// Whether threads beside the main one collect with it.
        package var collectsInParallel: Bool

        package init(oldSpace: Bytes?, semiSpace: Bytes?, threadpool: Int?, collectsInParallel: Bool) {
            self.oldSpace = oldSpace
            self.semiSpace = semiSpace
            self.threadpool = threadpool
            self.collectsInParallel = collectsInParallel
        }
    }

    package static func program(for app: AppSettings, share: Share, user: UserIdentity?, graceful: Nanoseconds) throws
        -> ChildProcess
    {
        let guest = try GuestFiles.find(
            "node/weir-node.cjs", what: "weir-node.cjs, which is loaded into Node.js", variable: "WEIR_NODE_GUEST",
            mode: R_OK)
        var environment = ProgramEnvironment.inherited(by: user)
        environment["NODE_ENV"] = environment["NODE_ENV"] ?? "production"
        environment.merge(app.environment) { _, own in own }
        environment["WEIR_CONTROL_FD"] = "3"
        environment["WEIR_BLOCKED_AFTER_MS"] = "\(Int(app.node.blockedAfter.milliseconds))"
        environment["WEIR_SLOW_AFTER_MS"] = app.timeouts.slowAfter.map { "\(Int($0.milliseconds))" }
        environment["WEIR_GRACEFUL_MS"] = "\(Int(graceful.milliseconds))"
        environment["UV_THREADPOOL_SIZE"] = environment["UV_THREADPOOL_SIZE"] ?? share.threadpool.map { "\($0)" }
        var options = ["--require", guest]
        // What the application or its operator says of the heap counts.
        let said = (app.node.arguments + app.command + [environment["NODE_OPTIONS"] ?? ""]).joined(separator: " ")
            .replacing("_", with: "-")
        if let oldSpace = app.node.maxOldSpace ?? share.oldSpace, !said.contains("max-old-space-size") {
            options.append("--max-old-space-size=\(oldSpace.count >> 20)")
        }
        if !share.collectsInParallel, !said.contains("parallel-scavenge") { environment["WEIR_COLLECT"] = "alone" }
        guard let entry = app.entry, app.command.isEmpty else {
            // Whatever starts Node.js in the end, the guest is in it.
            environment["NODE_OPTIONS"] = ([environment["NODE_OPTIONS"]].compactMap { $0 } + options)
                .joined(separator: " ")
            environment["PATH"] = "\(app.root)/node_modules/.bin:" + (environment["PATH"] ?? ProgramEnvironment.path)
            return try ProgramEnvironment.program(app.command, of: app, environment)
        }
        let path = environment["PATH"] ?? ProgramEnvironment.path
        guard let node = ProgramEnvironment.find("node", in: path, directory: app.root) else {
            throw NodeNotFound(path: path)
        }
        // Not in NODE_OPTIONS, where versions before 18.9 refuse it and would not start.
        if let semiSpace = share.semiSpace, !said.contains("semi-space-size") {
            options.append("--max-semi-space-size=\(semiSpace.count >> 20)")
        }
        var program = ChildProcess(
            path: node, arguments: options + app.node.arguments + [entry], environment: environment)
        program.directory = app.root
        return program
    }
}

import WeirConfig
import WeirEdge
import WeirProcess

/// What runs an app's requests: how its processes are started, and what they are spoken to in.
package enum PoolProgram {
    /// Forked by a server that has started the runtime; FastCGI.
    case forkServer(ChildProcess, AppSettings)

    var encoder: any RequestEncoder {
        switch self {
        case .forkServer(_, let app):
            FastCGIRequestEncoder(
                documentRoot: app.root, entry: app.frontController.map(AppEndpoint.path(ofEntry:)),
                keepsConnection: true, environment: [:])
        }
    }

    func launcher(for pool: ManagedPool) -> any WorkerLauncher {
        switch self {
        case .forkServer(var program, let app):
            program.niceness = ManagedPool.niceness
            return ForkServerLauncher(pool, program: program, awaitsReady: app.mode == .worker)
        }
    }
}

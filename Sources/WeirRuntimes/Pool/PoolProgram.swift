import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess

/// What runs an app's requests: how its processes are started, and what they are spoken to in.
package enum PoolProgram {
    /// Forked by a server that has started the runtime; FastCGI.
    case forkServer(ChildProcess)
    /// Started one by one; HTTP.
    case processes(ChildProcess)

    func encoder(for app: AppSettings) -> any RequestEncoder {
        switch self {
        case .forkServer:
            FastCGIRequestEncoder(
                documentRoot: app.root, entry: app.frontController.map(AppEndpoint.path(ofEntry:)),
                keepsConnection: true, environment: [:])
        case .processes: HTTPRequestEncoder()
        }
    }

    func launcher(for pool: ManagedPool, _ app: AppSettings) -> any WorkerLauncher {
        switch self {
        case .forkServer(var program):
            program.niceness = ManagedPool.niceness
            return ForkServerLauncher(pool, program: program, awaitsReady: app.mode == .worker)
        case .processes(var program):
            // Not nicer than the event loops, unlike workers of PHP: there are no more of them than cores. But a loop hands
            // over what has come to it before any of them begins with its part.
            program.waitsForTurn = true
            return ProcessLauncher(pool, app: app, program: program)
        }
    }
}

extension AppSettings {
    /// How the scheduler spreads the app's requests.
    var balance: Balance {
        runtime.speaksHTTP
            ? .leastOutstanding(placesPerWorker: concurrency, slowStart: Self.slowStart) : .byLoop
    }

    /// A fresh process has compiled nothing yet and has no connections to its database.
    private static let slowStart = Nanoseconds.seconds(5)
}

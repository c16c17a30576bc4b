package enum Mode: String, Sendable, CaseIterable {
    /// Anew for each request.
    case classic
    /// Once a worker, which then serves one request after the other.
    case worker
}

extension AppSettings {
    /// What requests that match no file are said to run, relative to the root. In worker mode it need not exist: workers
    /// have their script.
    package var frontController: String? { entry ?? (mode == .worker ? "index.php" : nil) }
}

package struct WorkerSettings: Equatable, Sendable {
    package var script = WorkerScript.auto
    /// Also offer `frankenphp_handle_request()`.
    package var frankenphp = false
    /// Start the application before the fork, rather than in each worker.
    package var preload = true

    package init() {}
}

/// What starts the application and then waits for requests.
package enum WorkerScript: Equatable, Sendable {
    /// By what the application's directory holds; it is one of the others once loaded.
    case auto
    case builtIn(BuiltIn)
    /// Absolute once loaded.
    case file(String)

    package enum BuiltIn: String, Sendable, CaseIterable { case laravel, symfony, psr15, plain }

    package var inWords: String {
        switch self {
        case .auto: "a script to be found"
        case .builtIn(.plain): "Weir's plain script"
        case .builtIn(let builtIn): "Weir's script for \(builtIn.rawValue)"
        case .file(let path): path
        }
    }
}

import WeirConfig
import WeirProcess

/// What a program is started with, as it would be without Weir: the environment of the container, and a command that is
/// looked up in its `PATH`.
enum ProgramEnvironment {
    struct NotFound: Error, CustomStringConvertible {
        let name: String
        let app: String
        let path: String
        var description: String {
            "app '\(app)': the program '\(name)' cannot be found or may not be executed (looked in \(path))"
        }
    }

    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// All that Weir was started with, but what is meant for itself. `user`: whom the program runs as; nil: as Weir does now.
    static func inherited(by user: UserIdentity?) -> [String: String] {
        var environment = CommandLine.environment.filter { name, _ in !name.hasPrefix("WEIR_") && !own.contains(name) }
        if let user {
            environment["USER"] = user.name
            environment["LOGNAME"] = user.name
            environment["HOME"] = user.home
        }
        return environment
    }

    private static let own: Set<String> = ["PORT", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]

    static func program(
        _ command: [String], of app: AppSettings, _ environment: [String: String]
    ) throws(NotFound) -> ChildProcess {
        let name = command.first ?? ""
        let path = environment["PATH"] ?? Self.path
        guard let file = find(name, in: path, directory: app.root) else {
            throw NotFound(name: name, app: app.name, path: name.contains("/") ? app.root : path)
        }
        var program = ChildProcess(path: file, arguments: Array(command.dropFirst()), environment: environment)
        program.directory = app.root
        return program
    }

    /// nil: there is none that may be executed.
    static func find(_ name: String, in path: String, directory: String) -> String? {
        try? ProgramSearch.find(name, path: path, directory: directory)
    }
}

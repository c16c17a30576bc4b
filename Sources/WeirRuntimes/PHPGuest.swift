import Glibc
import WeirConfig
import WeirProcess

/// How PHP is started: Weir's own SAPI, `weir-php`, with the app's settings and environment and nothing else.
package enum PHPGuest {
    package struct ScriptNotFound: Error, CustomStringConvertible {
        let path: String
        package var description: String {
            "\(path), which starts the application in worker mode, is not there; "
                + "build it with 'make build', or name a script of your own (worker.script)"
        }
    }

    package static func program(for app: AppSettings, user: UserIdentity?) throws -> ChildProcess {
        let path = try GuestFiles.find(
            "weir-php", what: "weir-php, which runs PHP", variable: "WEIR_PHP_GUEST", mode: X_OK)
        var arguments = ["-n", app.name]
        for (key, value) in app.php.ini.sorted(by: { $0.key < $1.key }) { arguments += ["-d", "\(key)=\(value)"] }
        for (key, value) in app.php.admin.sorted(by: { $0.key < $1.key }) { arguments += ["-D", "\(key)=\(value)"] }
        var environment = InheritedEnvironment.variables(for: user)
        environment.merge(app.environment) { _, own in own }
        if app.mode == .worker {
            arguments += ["-w", try script(of: app, besides: path)]
            if !app.worker.preload { arguments.append("-u") }
            if app.worker.frankenphp { arguments.append("-f") }
            if app.audit { arguments.append("-a") }
            environment["WEIR_APP_ROOT"] = ApplicationDirectory.of(root: app.root, .readable)
            environment["WEIR_ENTRY"] = app.entry.map { "\(app.root)/\($0)" }
        }
        var program = ChildProcess(path: path, arguments: arguments, environment: environment)
        program.directory = app.root
        return program
    }

    private static func script(of app: AppSettings, besides guest: String) throws(ScriptNotFound) -> String {
        switch app.worker.script {
        case .file(let path): return path
        case .auto: preconditionFailure("completed: a script was found")
        case .builtIn(let builtIn):
            let real = realPath(of: guest)
            let directory = real.lastIndex(of: "/").map { String(real[..<$0]) } ?? "."
            let script = "\(directory)/php-lib/entry/\(builtIn.rawValue).php"
            guard access(script, R_OK) == 0 else { throw ScriptNotFound(path: script) }
            return script
        }
    }

    private static func realPath(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension FileFacts {
    /// Whether there is something: no more is asked.
    fileprivate static let readable = FileFacts { path in access(path, R_OK) == 0 ? .file : .missing }
}

import Glibc
import WeirConfig
import WeirProcess

/// How PHP is started: Weir's own SAPI, `weir-php`, with the app's settings and environment and nothing else.
package enum PHPGuest {
    package struct NotFound: Error, CustomStringConvertible {
        let tried: [String]
        package var description: String {
            "weir-php, which runs PHP, is not there (looked at \(tried.joined(separator: ", "))); "
                + "build it with 'make build', or name it in WEIR_PHP_GUEST"
        }
    }

    package struct ScriptNotFound: Error, CustomStringConvertible {
        let path: String
        package var description: String {
            "\(path), which starts the application in worker mode, is not there; "
                + "build it with 'make build', or name a script of your own (worker.script)"
        }
    }

    package static func program(for app: AppSettings, user: UserIdentity?) throws -> ChildProcess {
        let path = try find()
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

    /// Named by the environment, beside this program, or installed.
    private static func find() throws(NotFound) -> String {
        if let named = getenv("WEIR_PHP_GUEST") { return String(cString: named) }
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
        let candidates = [
            "\(directory)/weir-php", "\(directory)/../libexec/weir/weir-php", "\(directory)/../../guests/weir-php",
        ]
        for candidate in candidates where access(candidate, X_OK) == 0 { return candidate }
        throw NotFound(tried: candidates)
    }
}

extension FileFacts {
    /// Whether there is something: no more is asked.
    fileprivate static let readable = FileFacts { path in access(path, R_OK) == 0 ? .file : .missing }
}

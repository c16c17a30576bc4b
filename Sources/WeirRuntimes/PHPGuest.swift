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

    /// What an application sees of the environment Weir was started in.
    private static let inherited = ["PATH", "LANG", "LC_ALL", "TZ", "PHP_INI_SCAN_DIR", "PHPRC"]

    package static func program(for app: AppSettings, user: UserIdentity?) throws(NotFound) -> ChildProcess {
        var arguments = ["-n", app.name]
        for (key, value) in app.php.ini.sorted(by: { $0.key < $1.key }) { arguments += ["-d", "\(key)=\(value)"] }
        for (key, value) in app.php.admin.sorted(by: { $0.key < $1.key }) { arguments += ["-D", "\(key)=\(value)"] }
        var environment: [String: String] = [:]
        for name in inherited {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        if let user = user ?? .current {
            environment["USER"] = user.name
            environment["HOME"] = user.home
        }
        environment.merge(app.environment) { _, own in own }
        var program = ChildProcess(path: try find(), arguments: arguments, environment: environment)
        program.directory = app.root
        return program
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

import Glibc
import WeirProcess

/// What the programs that Weir starts see of the environment it was started in. Not the rest: it may hold the secrets of
/// others.
enum InheritedEnvironment {
    private static let names = ["PATH", "LANG", "LC_ALL", "TZ", "PHP_INI_SCAN_DIR", "PHPRC"]

    /// `user`: whom they run as; nil: whom this process runs as.
    static func variables(for user: UserIdentity? = nil) -> [String: String] {
        var environment: [String: String] = [:]
        for name in names {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        if let user = user ?? .current {
            environment["USER"] = user.name
            environment["HOME"] = user.home
        }
        return environment
    }
}

import Glibc
import Logging
import WeirProcess

/// Started as root, Weir takes its ports and then becomes an ordinary user, as its workers are.
enum Privileges {
    struct NoSuchUser: Error, CustomStringConvertible {
        let name: String
        var description: String { "there is no user '\(name)'; set 'user' to one that exists" }
    }

    /// Tried in turn when started as root with no `user` set.
    private static let defaults = ["www-data", "nobody"]

    /// nil: as who started it.
    static func workerUser(_ name: String?) throws -> UserIdentity? {
        guard geteuid() == 0 else { return nil }
        if let name {
            guard let user = UserIdentity(named: name) else { throw NoSuchUser(name: name) }
            return user.uid == 0 ? nil : user
        }
        for name in defaults {
            if let user = UserIdentity(named: name) { return user }
        }
        throw NoSuchUser(name: defaults[0])
    }

    static func drop(to name: String?, logger: Logger) throws {
        guard geteuid() == 0 else {
            if let name, name != UserIdentity.current?.name {
                logger.warning("server.user_ignored", metadata: ["user": "\(name)", "reason": "not started as root"])
            }
            return
        }
        guard let user = try workerUser(name) else {
            logger.warning("server.runs_as_root", metadata: ["reason": "user: root is set"])
            return
        }
        try user.assume()
        logger.info("server.user", metadata: ["user": "\(user.name)"])
    }
}

import CWeirSystem
import Glibc

/// A user of this system, as workers are to run.
package struct UserIdentity: Sendable, Equatable {
    package let name: String
    package let uid: uid_t
    package let gid: gid_t
    package let home: String

    /// nil when there is no such user.
    package init?(named name: String) {
        guard let entry = getpwnam(name) else { return nil }
        self.init(entry.pointee)
    }

    private init(_ entry: passwd) {
        name = String(cString: entry.pw_name)
        uid = entry.pw_uid
        gid = entry.pw_gid
        home = String(cString: entry.pw_dir)
    }

    package static var current: UserIdentity? {
        getpwuid(geteuid()).map { UserIdentity($0.pointee) }
    }

    /// Gives up root for good, in every thread.
    package func assume() throws(SystemError) {
        guard weir_drop_privileges(name, uid, gid) == 0 else { throw SystemError("becoming user '\(name)'") }
    }
}

import CWeirSystem
import Glibc
import WeirProcess

/// A listening unix socket with the permissions that it is to have from its first moment on.
struct AdminSocket: Sendable {
    /// For whoever takes it over, who closes it.
    let descriptor: Int32
    let path: String
    /// Which file it is: another server may have put its own in its place.
    private let inode: ino_t

    private static let backlog: Int32 = 64

    /// `owner`: whom the server will be; root may open it anyway.
    init(path: String, mode: mode_t, owner: UserIdentity?) throws {
        self.path = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("naming the socket \(path)", errno: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        Self.removeSocket(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("making the socket \(path)") }
        do {
            // Before it has a name: between `bind` and a later `chmod` others could open it. The umask takes bits away.
            try Self.check(fchmod(descriptor, mode), "setting the mode of \(path)")
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let descriptor = descriptor
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
            }
            try Self.check(bound, "binding \(path)")
            try Self.check(chmod(path, mode), "setting the mode of \(path)")
            if let owner {
                let given = fchownat(AT_FDCWD, path, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW)
                try Self.check(given, "giving \(path) to \(owner.name)")
            }
            try Self.check(listen(descriptor, Self.backlog), "listening on \(path)")
            inode = Self.inode(of: path) ?? 0
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func check(_ result: Int32, _ attempt: String) throws {
        guard result == 0 else { throw SystemError(attempt) }
    }

    /// What an earlier server left. Anything but a socket stays.
    private static func removeSocket(_ path: String) {
        if inode(of: path) != nil { unlink(path) }
    }

    /// At the server's end.
    func remove() {
        if Self.inode(of: path) == inode { unlink(path) }
    }

    /// nil: not a socket.
    private static func inode(of path: String) -> ino_t? {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return facts.st_ino
    }
}

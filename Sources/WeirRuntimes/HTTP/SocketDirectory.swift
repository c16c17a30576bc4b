import Glibc
import WeirProcess

/// Where the processes of a program have their sockets: a directory in `/tmp` for this user alone, since who may connect
/// to a process may be anybody's client.
///
/// It is locked for as long as its server lives. One that nobody holds is what a killed server has left; the next server
/// of the same user removes it. A lock, and no pid: another container may share the directory and not the pids.
final class SocketDirectory {
    private static let parent = "/tmp"
    private static let suffix = ".sock"
    private static let attempts = 8

    let path: String
    /// Holds the lock. Processes do not inherit it.
    private let descriptor: Int32

    init() throws(SystemError) {
        _ = Self.cleaning
        for _ in 0..<Self.attempts {
            var template = Array("\(Self.parent)/\(Self.prefix)XXXXXX".utf8CString)
            guard let made = mkdtemp(&template) else {
                throw SystemError("making a directory for sockets in \(Self.parent)")
            }
            let path = String(cString: made)
            // Another server may find it before it is locked, and remove it; or nothing can be locked there.
            guard let descriptor = Self.lock(path) else {
                rmdir(path)
                continue
            }
            self.path = path
            self.descriptor = descriptor
            return
        }
        throw SystemError("locking a directory for sockets in \(Self.parent)", errno: ENOLCK)
    }

    deinit { close(descriptor) }

    func socket(_ serial: Int) -> String { "\(path)/\(serial)\(Self.suffix)" }

    /// With the sockets in it, whether their processes have ended or are only about to.
    func remove() { Self.remove(path, descriptor) }

    // MARK: What others have left

    private static var prefix: String { "weir-apps-\(geteuid())." }

    /// Once in a server's life, as the user that it is by then.
    private static let cleaning: Void = {
        for name in names(in: open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) where name.hasPrefix(prefix) {
            let path = "\(parent)/\(name)"
            guard let descriptor = lock(path) else { continue }
            remove(path, descriptor)
            close(descriptor)
        }
    }()

    /// nil: it is not ours, or somebody has the lock, or it is gone.
    private static func lock(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var facts = stat()
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &facts) == 0, facts.st_nlink > 0,
            facts.st_uid == geteuid(), facts.st_mode & 0o077 == 0
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Takes what Weir has put there; with anything else in it, it stays.
    private static func remove(_ path: String, _ descriptor: Int32) {
        for name in names(in: dup(descriptor)) where name.hasSuffix(suffix) { unlinkat(descriptor, name, 0) }
        rmdir(path)
    }

    /// Closes `directory`.
    private static func names(in directory: Int32) -> [String] {
        guard directory >= 0 else { return [] }
        guard let listing = fdopendir(directory) else {
            close(directory)
            return []
        }
        defer { closedir(listing) }
        // A descriptor that was copied goes on where the other one is.
        rewinddir(listing)
        var names: [String] = []
        while let entry = readdir(listing) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}

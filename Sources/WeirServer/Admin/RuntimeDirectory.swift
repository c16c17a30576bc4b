import Glibc
import WeirProcess

/// The directory in which every running server has its admin socket, `PID.sock`, unless it is configured otherwise.
///
/// It is created for its user alone, and nothing else is accepted: what lies in /tmp may have been put there by anyone.
package struct RuntimeDirectory: Sendable {
    package let path: String
    private static let suffix = ".sock"

    package struct Refused: Error, CustomStringConvertible {
        package let description: String
    }

    /// Of the user that this process is at its start.
    package init(user: uid_t = geteuid(), environment: (String) -> String?) {
        if user == 0 {
            path = "/run/weir"
        } else if let runtime = environment("XDG_RUNTIME_DIR"), runtime.hasPrefix("/") {
            path = runtime + "/weir"
        } else {
            path = "/tmp/weir-\(user)"
        }
    }

    package init(path: String) { self.path = path }

    package func socket(of pid: pid_t) -> String { "\(path)/\(pid)\(Self.suffix)" }

    /// Makes it if need be, and sees to it that it is `owner`'s alone: whom the server will be when it removes its socket.
    func prepare(owner: uid_t) throws {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw SystemError("creating \(path)") }
        let directory = open(path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else {
            throw Refused(description: "\(path) is not a directory of our own: \(String(cString: strerror(errno)))")
        }
        defer { close(directory) }
        var facts = stat()
        guard fstat(directory, &facts) == 0 else { throw SystemError("looking at \(path)") }
        guard facts.st_uid == geteuid() || geteuid() == 0 else {
            throw Refused(description: "\(path) belongs to another user (uid \(facts.st_uid))")
        }
        if facts.st_uid != owner, fchown(directory, owner, gid_t.max) != 0 { throw SystemError("giving away \(path)") }
        if facts.st_mode & 0o777 != 0o700, fchmod(directory, 0o700) != 0 { throw SystemError("closing \(path)") }
    }

    /// Sockets by the pid in their name, whether their server lives or not.
    package func sockets() -> [(pid: pid_t, path: String)] {
        guard let listing = opendir(path) else { return [] }
        defer { closedir(listing) }
        var found: [(pid: pid_t, path: String)] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(Self.suffix), let pid = pid_t(name.dropLast(Self.suffix.count)), pid > 0 else {
                continue
            }
            found.append((pid, "\(path)/\(name)"))
        }
        return found.sorted { $0.pid < $1.pid }
    }

    /// Removes what servers left that were killed. A pid that is another program's by now is taken for a server's: what
    /// is left behind costs nothing.
    func removeStale() {
        for socket in sockets() where !Self.isAlive(socket.pid) { unlink(socket.path) }
    }

    /// A process that may not be signalled is alive too.
    package static func isAlive(_ pid: pid_t) -> Bool { kill(pid, 0) == 0 || errno != ESRCH }
}

import Glibc
import WeirConfig
import WeirProcess
import WeirServer

/// Finds the server that is meant when none is named: the one that runs.
struct AdminDiscovery {
    struct Found: Equatable {
        let pid: pid_t
        let path: String
        /// Where it was started.
        let directory: String?
    }

    let user: uid_t
    /// Looked into in turn.
    let directories: [RuntimeDirectory]

    init(user: uid_t = geteuid(), environment: @escaping (String) -> String?) {
        self.user = user
        var paths = [RuntimeDirectory(user: user, environment: environment).path, "/run/weir", "/tmp/weir-\(user)"]
        // Root sees everybody's.
        if user == 0 { paths += Self.userDirectories() }
        directories = paths.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.map(RuntimeDirectory.init(path:))
    }

    init(user: uid_t, directories: [RuntimeDirectory]) {
        self.user = user
        self.directories = directories
    }

    private static func userDirectories() -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob("/tmp/weir-[0-9]*", 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    /// Sockets of servers that run and take our word.
    func running() -> [Found] {
        directories.filter(isTrusted).flatMap { $0.sockets() }.filter {
            RuntimeDirectory.isAlive($0.pid) && answers($0.path)
        }
        .map { Found(pid: $0.pid, path: $0.path, directory: Self.directory(of: $0.pid)) }
    }

    func only() throws -> ListenAddress {
        let found = running()
        guard let first = found.first else {
            throw AdminFailure.noServer(
                """
                no running server was found in \(directories.map(\.path).joined(separator: ", ")).
                Start one with 'weir serve', run this as the user it was started by or as root, or name its admin \
                address: --admin unix:/path or --admin host:port
                """)
        }
        guard found.count == 1 else {
            let lines = found.map { "    --admin unix:\($0.path)   pid \($0.pid), started in \($0.directory ?? "?")" }
            throw AdminFailure.failed("several servers are running; say which one:\n" + lines.joined(separator: "\n"))
        }
        return .unix(path: first.path)
    }

    /// A directory, no link, and of one who could harm us anyway: what others left in /tmp is not looked at. Root looks at
    /// everybody's, since whoever answers there can do no more than give a wrong answer.
    private func isTrusted(_ directory: RuntimeDirectory) -> Bool {
        var facts = stat()
        guard lstat(directory.path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { return false }
        return facts.st_mode & 0o022 == 0 && (facts.st_uid == user || facts.st_uid == 0 || user == 0)
    }

    /// Somebody listens there, whatever became of the process that made it.
    private func answers(_ path: String) -> Bool {
        (try? AdminClient(address: .unix(path: path), token: nil).ask(.get, "/health", patience: 3)) != nil
    }

    private static func directory(of pid: pid_t) -> String? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = target.withUnsafeMutableBytes { bytes -> Int in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return -1 }
            return readlink("/proc/\(pid)/cwd", start, bytes.count)
        }
        return count > 0 ? String(decoding: target[..<count], as: UTF8.self) : nil
    }
}

import Glibc

/// A socket that listens: made here, or handed over by the process that this one replaces. The descriptor is the
/// holder's to close.
package struct ListeningSocket: Sendable {
    package let descriptor: Int32

    package init(adopting descriptor: Int32) { self.descriptor = descriptor }

    /// `host` is a name or an address; port 0 is any free one. Several may share a port, each with a queue of its own.
    package static func tcp(host: String, port: Int, backlog: Int) throws(SystemError) -> ListeningSocket {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found) == 0, let first = found else {
            throw SystemError("looking up \(host)", errno: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(found) }
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let made = socket(first.pointee.ai_family, flags, 0)
        guard made >= 0 else { throw SystemError("making a socket") }
        do throws(SystemError) {
            try set(made, SOL_SOCKET, SO_REUSEADDR)
            try set(made, SOL_SOCKET, SO_REUSEPORT)
            if first.pointee.ai_family == AF_INET6, host.contains(":") {
                try set(made, Int32(IPPROTO_IPV6), IPV6_V6ONLY)
            }
            guard bind(made, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
                throw SystemError("binding the socket")
            }
            try listen(made, backlog)
        } catch {
            close(made)
            throw error
        }
        return ListeningSocket(adopting: made)
    }

    /// A file that is left of a process that has gone is replaced; one that somebody listens on is not.
    package static func unix(path: String, mode: Int?, backlog: Int) throws(SystemError) -> ListeningSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("binding the socket", errno: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let made = socket(AF_UNIX, flags, 0)
        guard made >= 0 else { throw SystemError("making a socket") }
        do throws(SystemError) {
            guard !isAlive(path, &address) else { throw SystemError("binding the socket", errno: EADDRINUSE) }
            removeSocket(path)
            // Between bind and chmod the file would be everybody's.
            let mask = mode.map { umask(mode_t(0o777 & ~$0)) }
            let bound = withSockaddr(&address) { bind(made, $0, $1) }
            let failure = errno
            if let mask { umask(mask) }
            guard bound == 0 else { throw SystemError("binding the socket", errno: failure) }
            try listen(made, backlog)
        } catch {
            close(made)
            throw error
        }
        return ListeningSocket(adopting: made)
    }

    /// The TCP port it has.
    package var port: Int? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let got = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard got == 0 else { return nil }
        return withUnsafeBytes(of: address) { bytes in
            switch Int32(address.ss_family) {
            case AF_INET: Int(bytes.loadUnaligned(as: sockaddr_in.self).sin_port.bigEndian)
            case AF_INET6: Int(bytes.loadUnaligned(as: sockaddr_in6.self).sin6_port.bigEndian)
            default: nil
            }
        }
    }

    package func duplicate() throws(SystemError) -> ListeningSocket {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SystemError("duplicating a listening socket") }
        return ListeningSocket(adopting: copy)
    }

    package func closeDescriptor() { close(descriptor) }

    private static func listen(_ made: Int32, _ backlog: Int) throws(SystemError) {
        guard Glibc.listen(made, Int32(clamping: backlog)) == 0 else { throw SystemError("listening") }
    }

    private static func set(_ made: Int32, _ level: Int32, _ option: Int32) throws(SystemError) {
        var on: Int32 = 1
        guard setsockopt(made, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw SystemError("setting up a socket")
        }
    }

    private static func isAlive(_ path: String, _ address: inout sockaddr_un) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        return withSockaddr(&address) { connect(probe, $0, $1) } == 0
    }

    private static func removeSocket(_ path: String) {
        var facts = stat()
        if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }

    private static func withSockaddr(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

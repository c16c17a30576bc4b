import Foundation

/// A listener that plays back exactly the bytes it is told, to one connection at a time.
package final class RawServer {
    /// Where it listens: the port of 127.0.0.1, or the path of a unix socket.
    package enum Address {
        case port(Int)
        case path(String)
    }

    package let address: Address
    private let descriptor: Int32
    private let patience: Double

    package init(unix path: String? = nil, patience: Double = 15) throws {
        self.patience = patience
        let family = path == nil ? AF_INET : AF_UNIX
        let made = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        descriptor = made
        guard made >= 0 else { throw TestFailure("socket: \(lastError())") }
        if let path {
            var local = sockaddr_un()
            local.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &local.sun_path) { $0.copyBytes(from: path.utf8) }
            guard withSocketAddress(&local, { bind(made, $0, $1) }) == 0 else {
                throw TestFailure("bind: \(lastError())")
            }
            address = .path(path)
        } else {
            var local = sockaddr_in()
            local.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, "127.0.0.1", &local.sin_addr)
            guard withSocketAddress(&local, { bind(made, $0, $1) }) == 0 else {
                throw TestFailure("bind: \(lastError())")
            }
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            _ = withUnsafeMutablePointer(to: &local) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(made, $0, &size) }
            }
            address = .port(Int(in_port_t(bigEndian: local.sin_port)))
        }
        guard listen(made, 64) == 0 else { throw TestFailure("listen: \(lastError())") }
    }

    deinit { Glibc.close(descriptor) }

    /// The next connection, from the side of the server.
    package func accept() throws -> RawClient {
        guard isAsked(within: patience) else { throw TestFailure("nobody connected in time") }
        let made = Glibc.accept(descriptor, nil, nil)
        guard made >= 0 else { throw TestFailure("accept: \(lastError())") }
        _ = fcntl(made, F_SETFL, fcntl(made, F_GETFL) | O_NONBLOCK)
        return RawClient(accepted: made, patience: patience)
    }

    /// Whether somebody connects within this time.
    package func isAsked(within seconds: Double) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, Int32(seconds * 1_000)) > 0
    }
}

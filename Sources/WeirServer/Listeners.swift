import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirConfig
import WeirEdge

/// The sockets that take connections: for every TCP address one per event loop, so that each loop accepts for itself.
final class Listeners: Sendable {
    let settings: Settings
    private let loops: [EdgeLoop]
    let adminLoop: EdgeLoop
    let logger: Logger
    let channels = Mutex<[any Channel]>([])
    /// The admin listener's file, which goes when it closes.
    let adminSocket = Mutex<AdminSocket?>(nil)

    init(settings: Settings, loops: [EdgeLoop], adminLoop: EdgeLoop, logger: Logger) {
        self.settings = settings
        self.loops = loops
        self.adminLoop = adminLoop
        self.logger = logger
    }

    struct CannotListen: Error, CustomStringConvertible {
        let address: String
        let cause: any Error
        var description: String {
            let reason = (cause as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(cause)"
            return "cannot listen on \(address): \(reason)"
        }
    }

    /// Binds every address; nothing is accepted before ``accept()``. Returns them as they can be reached.
    func bind() async throws -> [String] {
        var addresses: [String] = []
        for address in settings.listen {
            switch address {
            case .tcp(let host, var port):
                for loop in loops {
                    let channel = try await bind(host: host, port: port, on: loop, .routes)
                    // With port 0 the first socket's port is everybody's.
                    port = channel.localAddress?.port ?? port
                }
                addresses.append("http://\(Self.reachable(host)):\(port)")
            case .unix(let path):
                try await bind(path: path, on: loops[0], .routes)
                addresses.append("unix:\(path)")
            }
        }
        try await bindAdmin()
        return addresses
    }

    func accept() async throws {
        for channel in channels.withLock({ $0 }) { try await channel.setOption(.autoRead, value: true).get() }
    }

    func close() async {
        adminSocket.withLock { $0?.remove() }
        for channel in channels.withLock({ $0 }) { try? await channel.close().get() }
    }

    func bind(
        host: String, port: Int, on loop: EdgeLoop, _ endpoints: ListenerEndpoints
    ) async throws -> any Channel {
        do {
            let channel = try await bootstrap(loop, endpoints)
                .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: 1)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: port).get()
            channels.withLock { $0.append(channel) }
            return channel
        } catch {
            throw CannotListen(address: "\(host):\(port)", cause: error)
        }
    }

    private func bind(path: String, on loop: EdgeLoop, _ endpoints: ListenerEndpoints) async throws {
        do {
            let channel = try await bootstrap(loop, endpoints)
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            channels.withLock { $0.append(channel) }
        } catch {
            throw CannotListen(address: "unix:\(path)", cause: error)
        }
    }

    func bootstrap(_ loop: EdgeLoop, _ endpoints: ListenerEndpoints) -> ServerBootstrap {
        ServerBootstrap(group: loop.eventLoop)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.maxMessagesPerRead, value: 16)
            // Until the server has given up root and is complete, connections wait in the kernel.
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { [logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger))
                }
            }
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 2_048, maximum: 65_536)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: loop, endpoints: endpoints))
                }
            }
    }

    private static func reachable(_ host: String) -> String {
        switch host {
        case "0.0.0.0", "::", "": "localhost"
        default: host.contains(":") ? "[\(host)]" : host
        }
    }
}

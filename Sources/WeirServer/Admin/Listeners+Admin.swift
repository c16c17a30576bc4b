import CWeirSystem
import Glibc
import NIOCore
import NIOPosix
import WeirConfig
import WeirEdge
import WeirProcess

/// Where operators ask and command.
extension Listeners {
    /// A configured address that cannot be listened on ends the start. The automatic one is a convenience: a container
    /// with nothing but read-only files serves without it.
    func bindAdmin() async throws {
        switch settings.admin.listen {
        case .off: return
        case .address(.tcp(let host, let port)):
            let channel = try await bind(host: host, port: port, on: adminLoop, .admin)
            logger.info("admin.listening", metadata: ["address": "\(host):\(channel.localAddress?.port ?? port)"])
        case .address(.unix(let path)):
            do {
                try await listenAsAdmin(at: path)
            } catch {
                throw CannotListen(address: "unix:\(path)", cause: error)
            }
        case .automatic:
            let directory = RuntimeDirectory { getenv($0).map { String(cString: $0) } }
            do {
                try directory.prepare(owner: adminOwner()?.uid ?? geteuid())
                directory.removeStale()
                try await listenAsAdmin(at: directory.socket(of: getpid()))
            } catch {
                logger.warning(
                    "admin.unavailable",
                    metadata: [
                        "reason": "\(error)",
                        "next": "name a place with admin: unix:/path, or set admin: off; 'weir status' does not work",
                    ]
                )
            }
        }
    }

    /// Whom the server will be; nil: whom it is.
    private func adminOwner() throws -> UserIdentity? { try Privileges.workerUser(settings.user) }

    private func listenAsAdmin(at path: String) async throws {
        let mode = mode_t(settings.admin.mode)
        let socket = try AdminSocket(path: path, mode: mode, owner: adminOwner())
        let isForOthers = mode & 0o022 != 0
        let channel = try await bootstrap(adminLoop, .admin)
            .childChannelInitializer { [adminLoop] channel in
                AdminPeer.check(channel, othersToo: isForOthers).flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: adminLoop, endpoints: .admin))
                }
            }
            .withBoundSocket(socket.descriptor).get()
        channels.withLock { $0.append(channel) }
        adminSocket.withLock { $0 = socket }
        logger.info("admin.listening", metadata: ["address": "unix:\(path)"])
    }
}

/// Who is at the other end of a unix socket.
private enum AdminPeer {
    struct Stranger: Error {}

    /// The file's permissions have been asked when it connected. They may be wider than meant: a directory that was moved,
    /// an ACL. So unless its mode lets others in, its user has to be ours or root.
    static func check(_ channel: any Channel, othersToo: Bool) -> EventLoopFuture<Void> {
        guard !othersToo, let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        let asked: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return asked.flatMapThrowing { peer in
            guard peer.uid == 0 || peer.uid == geteuid() else { throw Stranger() }
        }
    }
}

import Glibc
import NIOCore
import WeirConfig
import WeirEdge
import WeirProcess

/// The automatic admin socket: a convenience, so that a container with nothing but read-only files serves without it.
extension Listeners {
    /// It stays the same for the process's life. Where it is depends on who the process was when it was first asked for.
    private func automaticPlace(_ settings: Settings) throws -> Listener.Place {
        if let place = automatic.withLock({ $0 }) { return place }
        let directory = RuntimeDirectory { getenv($0).map { String(cString: $0) } }
        try directory.prepare(owner: Privileges.workerUser(settings.user)?.uid ?? geteuid())
        directory.removeStale()
        let address = ListenAddress.unix(path: directory.socket(of: getpid()))
        let place = Listener.Place(address: address, endpoints: .admin, mode: settings.admin.mode, isOwn: true)
        automatic.withLock { $0 = place }
        return place
    }

    /// nil: it is not wanted, or cannot be had, which the log says.
    func automaticListener(_ settings: Settings, open: [Listener]) async -> Listener? {
        guard settings.admin.listen == .automatic else { return nil }
        do {
            let place = try automaticPlace(settings)
            if let same = open.first(where: { $0.place == place }) { return same }
            return try await bind(place, settings)
        } catch {
            logger.warning(
                "admin.unavailable",
                metadata: [
                    "reason": "\(error)",
                    "next": "name a place with admin: unix:/path, or set admin: off; 'weir status' does not work",
                ]
            )
            return nil
        }
    }
}

extension Listener.Place {
    /// The server will be somebody else than who made the file: it is his, and root may open it anyway.
    func giveAway(to user: String?) throws {
        guard endpoints == .admin, case .unix(let path) = address, let owner = try Privileges.workerUser(user) else {
            return
        }
        guard fchownat(AT_FDCWD, path, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw SystemError("giving \(path) to \(owner.name)")
        }
    }

    private struct Stranger: Error {}

    /// Who is at the other end of an admin socket. The file's permissions were asked when it connected, and may be wider
    /// than meant: a directory that was moved, an ACL. So unless its mode lets others in, it has to be our own user or
    /// root.
    func checkPeer(_ channel: any Channel) -> EventLoopFuture<Void> {
        let letsOthersIn = (mode ?? 0) & 0o022 != 0
        guard case .unix = address, !letsOthersIn, let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        let asked: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return asked.flatMapThrowing { peer in
            guard peer.uid == 0 || peer.uid == geteuid() else { throw Stranger() }
        }
    }
}

import Glibc
import NIOCore
import Synchronization
import WeirConfig
import WeirEdge
import WeirProcess

/// One address that is listened on.
final class Listener: Sendable {
    struct Place: Hashable, Sendable {
        let address: ListenAddress
        let endpoints: ListenerEndpoints
        /// Permissions of a unix socket; nil: as the process makes files.
        var mode: Int?
        /// The file is named after this process, and goes with it.
        var isOwn = false
    }

    let place: Place
    /// Kept beside the channels' own, for the process that replaces this one.
    let sockets: [ListeningSocket]
    private let channels = Mutex<[any Channel]>([])

    init(place: Place, sockets: [ListeningSocket]) {
        self.place = place
        self.sockets = sockets
    }

    static func places(of settings: Settings) -> [Place] {
        var places = settings.listen.map { Place(address: $0, endpoints: .routes) }
        if case .address(let address) = settings.admin.listen {
            places.append(Place(address: address, endpoints: .admin, mode: settings.admin.mode))
        }
        return places
    }

    var count: Int { channels.withLock { $0.count } }

    func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }

    func setAccepting(_ accepts: Bool) async throws {
        for channel in channels.withLock({ $0 }) { try await channel.setOption(.autoRead, value: accepts).get() }
    }

    func close() async {
        for channel in channels.withLock({ $0 }) { try? await channel.close().get() }
        for socket in sockets { socket.closeDescriptor() }
        if place.isOwn, case .unix(let path) = place.address { unlink(path) }
    }

    /// As a client can reach it.
    var reachable: String {
        switch place.address {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "http://\(Self.reachable(host)):\(sockets.first?.port ?? port)"
        }
    }

    private static func reachable(_ host: String) -> String {
        switch host {
        case "0.0.0.0", "::", "": "localhost"
        default: host.contains(":") ? "[\(host)]" : host
        }
    }
}

extension Listener.Place {
    /// How it is called between two processes.
    var key: String { "\(endpoints == .admin ? "admin " : "")\(address.configured)" }

    /// Whether it is the same listener in two configurations, though perhaps with other permissions.
    func isSame(as other: Self) -> Bool {
        address == other.address && endpoints == other.endpoints && isOwn == other.isOwn
    }

    /// Gives the file of a socket that stays the permissions it is configured to have. False, with errno: it may not.
    func applyMode() -> Bool {
        guard case .unix(let path) = address, let mode else { return true }
        return chmod(path, mode_t(mode)) == 0
    }

    /// A unix socket has one queue; the admin interface one loop.
    var needsOneLoop: Bool {
        if case .unix = address { true } else { endpoints == .admin }
    }

    func makeSockets(count: Int, _ settings: Settings) throws(SystemError) -> [ListeningSocket] {
        let backlog = settings.limits.backlog
        switch address {
        case .unix(let path): return [try .unix(path: path, mode: mode, backlog: backlog)]
        case .tcp(let host, var port):
            var sockets: [ListeningSocket] = []
            do throws(SystemError) {
                for _ in 0..<count {
                    sockets.append(try .tcp(host: host, port: port, backlog: backlog))
                    // With port 0 the first socket's port is everybody's.
                    port = sockets[0].port ?? port
                }
            } catch {
                for socket in sockets { socket.closeDescriptor() }
                throw error
            }
            return sockets
        }
    }
}

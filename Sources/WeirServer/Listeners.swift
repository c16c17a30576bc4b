import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirConfig
import WeirEdge
import WeirProcess

/// The sockets that take connections: for every TCP address one per event loop, so that each loop accepts for itself.
/// They outlive configurations: a reload changes only what has another address, and a process that replaces this one
/// inherits them.
final class Listeners: Sendable {
    private struct State {
        var open: [Listener] = []
        /// From the process that this one replaces, by address, until they are asked for.
        var inherited: [String: [ListeningSocket]]
    }

    /// What another configuration changes: `added` listens already and accepts nothing yet.
    struct Change: Sendable {
        fileprivate(set) var added: [Listener] = []
        fileprivate(set) var removed: [Listener] = []
        /// As they are configured now.
        fileprivate(set) var kept: [Listener.Place] = []
        /// All addresses, as clients can reach them.
        fileprivate(set) var addresses: [String] = []
    }

    private let loops: [EdgeLoop]
    private let adminLoop: EdgeLoop
    let logger: Logger
    private let state: Mutex<State>
    /// Once it was asked for: the admin socket that is not configured.
    let automatic = Mutex<Listener.Place?>(nil)

    init(loops: [EdgeLoop], adminLoop: EdgeLoop, inherited: [String: [ListeningSocket]], logger: Logger) {
        self.loops = loops
        self.adminLoop = adminLoop
        self.logger = logger
        state = Mutex(State(inherited: inherited))
    }

    struct CannotListen: Error, CustomStringConvertible {
        let address: String
        let cause: any Error
        var description: String {
            let code = (cause as? IOError)?.errnoCode ?? (cause as? SystemError)?.errno
            return "cannot listen on \(address): \(code.map { String(cString: strerror($0)) } ?? "\(cause)")"
        }
    }

    // MARK: Changes

    /// Binds every address that is not open yet. Nothing is accepted before ``accept(_:)``.
    func prepare(_ settings: Settings) async throws -> Change {
        var change = Change()
        let open = state.withLock { $0.open }
        do {
            var kept: [Listener] = []
            for place in Listener.places(of: settings) {
                let listener: Listener
                if let same = open.first(where: { $0.place.isSame(as: place) }) {
                    listener = same
                    kept.append(same)
                    change.kept.append(place)
                } else {
                    listener = try await bind(place, settings)
                    change.added.append(listener)
                }
                if place.endpoints == .routes { change.addresses.append(listener.reachable) }
            }
            if let listener = await automaticListener(settings, open: open) {
                if open.contains(where: { $0 === listener }) {
                    kept.append(listener)
                } else {
                    change.added.append(listener)
                }
            }
            change.removed = open.filter { old in !kept.contains { $0 === old } }
        } catch {
            await abandon(change)
            throw error
        }
        return change
    }

    /// Lets the new ones accept. The last that can fail: until ``commit(_:)`` all of it can be abandoned.
    func accept(_ change: Change) async throws {
        for listener in change.added { try await listener.setAccepting(true) }
    }

    func commit(_ change: Change) async {
        state.withLock { state in
            state.open = state.open.filter { old in !change.removed.contains { $0 === old } } + change.added
        }
        for listener in change.removed { await listener.close() }
        for place in change.kept where !place.applyMode() {
            logger.warning("reload.key_stays", metadata: ["key": "admin.mode", "reason": "\(SystemError("chmod"))"])
        }
        closeUnclaimed()
    }

    func abandon(_ change: Change) async {
        for listener in change.added { await listener.close() }
    }

    func close() async {
        for listener in state.withLock({ $0.open }) { await listener.close() }
    }

    /// Connections wait in the kernel, or no longer. One that is closed needs neither.
    func setAccepting(_ accepts: Bool) async {
        for listener in state.withLock({ $0.open }) { try? await listener.setAccepting(accepts) }
    }

    /// What a process that replaces this one takes over.
    var handedOver: [(address: String, sockets: [ListeningSocket])] {
        state.withLock { $0.open.map { ($0.place.key, $0.sockets) } }
    }

    /// What was inherited for an address that is not served any more.
    private func closeUnclaimed() {
        let unclaimed = state.withLock { state in
            defer { state.inherited = [:] }
            return state.inherited.values.flatMap { $0 }
        }
        for socket in unclaimed { socket.closeDescriptor() }
    }

    // MARK: Binding

    func bind(_ place: Listener.Place, _ settings: Settings) async throws -> Listener {
        let loops = place.needsOneLoop ? [place.endpoints == .admin ? adminLoop : self.loops[0]] : self.loops
        do {
            let sockets = try claim(place) ?? place.makeSockets(count: loops.count, settings)
            try place.giveAway(to: settings.user)
            let listener = Listener(place: place, sockets: sockets)
            for (index, loop) in loops.enumerated() {
                // With fewer than there are loops, some share one.
                let socket = try sockets[index % sockets.count].duplicate()
                listener.add(try await bootstrap(loop, place, settings).withBoundSocket(socket.descriptor).get())
            }
            // With more, their connections would wait for nobody.
            for socket in sockets.dropFirst(loops.count) {
                let loop = loops[listener.count % loops.count]
                let copy = try socket.duplicate()
                listener.add(try await bootstrap(loop, place, settings).withBoundSocket(copy.descriptor).get())
            }
            if place.endpoints == .admin {
                logger.info("admin.listening", metadata: ["address": "\(listener.reachable)"])
            }
            return listener
        } catch {
            throw CannotListen(address: place.address.configured, cause: error)
        }
    }

    private func claim(_ place: Listener.Place) -> [ListeningSocket]? {
        state.withLock { $0.inherited.removeValue(forKey: place.key) }
    }

    private func bootstrap(_ loop: EdgeLoop, _ place: Listener.Place, _ settings: Settings) -> ServerBootstrap {
        let isTCP = if case .tcp = place.address { true } else { false }
        let endpoints = place.endpoints
        let bootstrap = ServerBootstrap(group: loop.eventLoop)
            .serverChannelOption(.backlog, value: Int32(clamping: settings.limits.backlog))
            .serverChannelOption(.maxMessagesPerRead, value: 16)
            // Until the server has given up root and is complete, connections wait in the kernel.
            .serverChannelOption(.autoRead, value: false)
            .serverChannelInitializer { [logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger))
                }
            }
            .childChannelInitializer { channel in
                if endpoints == .admin {
                    return place.checkPeer(channel).flatMapThrowing { try Self.serve(channel, loop, endpoints) }
                }
                return channel.eventLoop.makeCompletedFuture { try Self.serve(channel, loop, endpoints) }
            }
        // What is accepted has the option from the socket that it was accepted on: no system call each.
        return isTCP ? bootstrap.serverChannelOption(.tcpOption(.tcp_nodelay), value: 1) : bootstrap
    }

    private static func serve(_ channel: any Channel, _ loop: EdgeLoop, _ endpoints: ListenerEndpoints) throws {
        try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: loop, endpoints: endpoints))
    }
}

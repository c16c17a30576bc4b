import Glibc
import Logging
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes

/// What operators may do to the running server, and what they have done to it. One for the server's whole life, whatever
/// is reloaded meanwhile.
final class Operations: Sendable {
    private struct State {
        var apps: [String: Rotation] = [:]
        var control: (any ServerControl)?
        var access: (settings: AdminSettings, checks: AdminAccess)?
    }

    let measurements: Measurements
    let logger: Logger
    /// Of the server as a whole.
    let rotation = Rotation()
    private let state = Mutex(State())

    init(_ measurements: Measurements, logger: Logger) {
        self.measurements = measurements
        self.logger = logger
    }

    /// Told once the server can take commands.
    func take(commandsFor control: any ServerControl) { state.withLock { $0.control = control } }

    var control: (any ServerControl)? { state.withLock { $0.control } }

    /// Who may ask. A token's file that only root can read is read once: after that the server is root no more.
    func access(_ settings: AdminSettings) throws -> AdminAccess {
        let known = state.withLock { $0.access.flatMap { $0.settings == settings ? $0.checks : nil } }
        do {
            let checks = try AdminAccess(settings, logger: logger)
            state.withLock { $0.access = (settings, checks) }
            return checks
        } catch {
            if let known { return known }
            throw error
        }
    }

    // MARK: Draining

    /// Of an app, whichever of its generations.
    func rotation(of app: String) -> Rotation {
        state.withLock { state in
            let rotation = state.apps[app] ?? Rotation()
            state.apps[app] = rotation
            return rotation
        }
    }

    /// Why load balancers should look elsewhere; empty: they should not.
    var outOfRotation: [String] {
        if rotation.isOut { return ["draining"] }
        return measurements.apps.map(\.settings.name).filter { rotation(of: $0).isOut }.map { "\($0): draining" }
    }

    func drain(app: String?, isOn: Bool) {
        (app.map(rotation(of:)) ?? rotation).isOut = isOn
        logger.notice(isOn ? "server.draining" : "server.back", metadata: ["app": "\(app ?? "all")"])
    }

    // MARK: Workers

    enum Choice {
        case all
        /// By number or pid: `7`, `id:7`, `pid:7`.
        case one(String)
    }

    enum Refusal: Error {
        case noSuchApp
        case noPool
        case noSuchWorker
        case ambiguous
    }

    struct Chosen: Encodable {
        let id: Int
        let pid: Int32?
    }

    /// Each is replaced once its successor can start and its request is over.
    func recycle(_ choice: Choice, of name: String) throws(Refusal) -> [Chosen] {
        guard let app = measurements.apps.first(where: { $0.settings.name == name }) else { throw .noSuchApp }
        guard case .managed(let pool) = app.backend, let workers = pool.gateway.poolSnapshot()?.workers else {
            throw .noPool
        }
        let live = workers.enumerated().filter { $0.element.isLive && !$0.element.isLeaving }
            .map { Chosen(id: $0.offset, pid: $0.element.pid) }
        let chosen = try Self.chosen(choice, among: live)
        pool.recycle(chosen.map { WorkerID($0.id) })
        logger.notice(
            "pool.recycling", metadata: ["app": "\(name)", "workers": "\(chosen.count)", "reason": "asked for"])
        return chosen
    }

    static func chosen(_ choice: Choice, among live: [Chosen]) throws(Refusal) -> [Chosen] {
        guard case .one(let name) = choice else { return live }
        let parts = name.split(separator: ":")
        guard let last = parts.last, let number = Int(last), parts.count <= 2 else { throw .noSuchWorker }
        let byID = live.filter { $0.id == number }
        let byPID = live.filter { $0.pid.map(Int.init) == number }
        let found: [Chosen]
        switch parts.count == 2 ? parts[0] : "" {
        case "id": found = byID
        case "pid": found = byPID
        // In a container the first pids are as small as the first numbers.
        case "" where byID.first.map({ $0.pid.map(Int.init) != number }) ?? false && !byPID.isEmpty: throw .ambiguous
        case "": found = byID.isEmpty ? byPID : byID
        default: throw .noSuchWorker
        }
        guard !found.isEmpty else { throw .noSuchWorker }
        return found
    }

    // MARK: The end

    /// As whoever sends the signal: one way to stop is enough.
    func stop() { kill(getpid(), SIGTERM) }
}

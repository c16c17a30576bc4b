import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes

/// One configured application, running: its settings and what serves it. It belongs to one generation or to several: a
/// new one may take over the apps that it does not replace.
final class App: Sendable {
    enum Backend: Sendable {
        case managed(ManagedPool)
        case external(any ExternalBackend, control: any EventLoop)
    }

    let settings: AppSettings
    let lanes: [LanePolicy]
    let backend: Backend
    /// Counts the pools that this app has had.
    let generation: Int
    /// Of the numbers that its processes are started with; empty where workers are as many as fit.
    let explanations: [Explanation]
    private let warm = Atomic<Bool>(false)

    init(
        settings: AppSettings, lanes: [LanePolicy], backend: Backend, generation: Int, explanations: [Explanation]
    ) {
        self.settings = settings
        self.lanes = lanes
        self.backend = backend
        self.generation = generation
        self.explanations = explanations
    }

    /// Its `warm` paths have been asked for, or it has none.
    var isWarm: Bool { settings.warm.isEmpty || warm.load(ordering: .relaxed) }
    func becameWarm() { warm.store(true, ordering: .relaxed) }

    var gateway: AppGateway {
        switch backend {
        case .managed(let pool): pool.gateway
        case .external(let pool, _): pool.gateway
        }
    }

    /// What is known of each process of a program that speaks HTTP; nil: it is none.
    var programs: [ProgramStatus]? {
        switch backend {
        case .managed(let pool): pool.programs
        case .external(let pool, _): pool.programs
        }
    }

    func start() {
        switch backend {
        case .managed(let pool): pool.start()
        case .external(let pool, let control): pool.start(on: control)
        }
    }

    /// Whether there is who serves a request that comes now, or will be at once: an on-demand pool has no worker where
    /// nobody asks for one.
    var canServe: Bool {
        switch backend {
        case .managed(let pool):
            guard let status = pool.gateway.poolSnapshot()?.status, status.isAvailable else { return false }
            return status.idle + status.busy > 0
                || settings.pool.manager == .ondemand && status.forkServer == .ready
        case .external(let pool, _): return pool.isUp ?? false
        }
    }

    /// Why not, for `/ready`.
    var missing: String {
        switch backend {
        case .managed: "no worker"
        case .external: "its server takes no connections"
        }
    }

    /// Waits until requests can be served, and throws when they cannot be. Another server may be down, before a change as
    /// after it: only whether it is has to be known.
    func waitUntilReady() async throws(NotReady) {
        let deadline = EdgeLoop.now + settings.pool.bootTimeout
        guard case .managed(let pool) = backend else {
            while isUnknown, EdgeLoop.now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
            return
        }
        while true {
            switch pool.readiness {
            case .ready: return
            case .failed(let reason): throw NotReady(app: settings.name, reason: reason)
            case .starting: break
            }
            guard EdgeLoop.now < deadline else {
                throw NotReady(
                    app: settings.name, reason: "no worker was ready within \(settings.pool.bootTimeout.configured)")
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private var isUnknown: Bool {
        if case .external(let pool, _) = backend { pool.isUp == nil } else { false }
    }

    struct NotReady: Error, CustomStringConvertible {
        let app: String
        let reason: String
        var description: String { "app '\(app)': \(reason)" }
    }

    /// Lets requests that were admitted run to their end, and ends the workers. Nothing is admitted any more: the routes
    /// lead elsewhere, or no connection is left. What is not through by the deadline is cut off.
    func drain(deadline: Instant) async {
        while !gateway.isDrained, EdgeLoop.now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
        await stop(deadline: deadline)
    }

    private func stop(deadline: Instant) async {
        switch backend {
        case .external(let pool, _): pool.stop()
        case .managed(let pool):
            let stopping = pool.stop()
            let remaining = max(deadline - EdgeLoop.now, .seconds(1))
            let timer = pool.control.scheduleTask(in: .nanoseconds(Int64(remaining.count))) { pool.kill(.stopTimeout) }
            try? await stopping.get()
            timer.cancel()
        }
    }

    func kill() {
        if case .managed(let pool) = backend { pool.kill(.stopping) }
    }
}

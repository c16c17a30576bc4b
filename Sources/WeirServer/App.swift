import NIOCore
import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes

/// One configured application, running: its settings and what serves it.
struct App: Sendable {
    enum Backend: Sendable {
        case managed(ManagedPool)
        case external(ExternalPool, control: any EventLoop)
    }

    let settings: AppSettings
    let backend: Backend

    var gateway: FastCGIGateway {
        switch backend {
        case .managed(let pool): pool.gateway
        case .external(let pool, _): pool.gateway
        }
    }

    func start() {
        switch backend {
        case .managed(let pool): pool.start()
        case .external(let pool, let control): pool.start(on: control)
        }
    }

    func stop(deadline: Instant) async {
        guard case .managed(let pool) = backend else { return }
        let stopping = pool.stop()
        let remaining = max(deadline - EdgeLoop.now, .seconds(1))
        let timer = pool.control.scheduleTask(in: .nanoseconds(Int64(remaining.count))) { pool.kill() }
        try? await stopping.get()
        timer.cancel()
    }

    func kill() {
        if case .managed(let pool) = backend { pool.kill() }
    }
}

import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess

/// Tells a ``ConcurrencyLimiter`` what the queue and the workers do, and puts its limit in force. Told on the control
/// loop ten times a second; read from any.
final class ConcurrencyControl: Sendable {
    private struct State {
        var limiter = ConcurrencyLimiter()
        var cpu = WorkersCPU()
        var cores: Double
        var cpuReadAt: Instant?
        var queuedAt: Instant?
    }

    private let app: String
    private let state: Mutex<State>

    private static let cpuInterval = Nanoseconds.seconds(1)
    /// How long after the last queue the CPU is still looked at.
    private static let interest = Nanoseconds.seconds(30)

    /// nil: the settings do not want it, or a process runs many requests at once, whose number says nothing of the load.
    init?(_ app: AppSettings, cores: Double) {
        guard app.pool.adaptiveConcurrency, !app.runtime.speaksHTTP else { return nil }
        self.app = app.name
        state = Mutex(State(cores: cores))
    }

    /// So many may be busy from now on.
    func use(cores: Double) { state.withLock { $0.cores = cores } }

    var explanation: Explanation { state.withLock { $0.limiter.explanation(app: app) } }

    func tick(_ gateway: AppGateway, _ workers: [WorkerStateMachine], now: Instant) {
        let queue = gateway.snapshot(now: now)
        let limit = state.withLock { state in
            if queue.queued > 0 { state.queuedAt = now }
            let sample = ConcurrencyLimiter.Sample(
                now: now, completed: queue.completed, running: queue.running, queued: queue.queued, live: queue.live,
                cores: state.cores, cpu: cpuReading(&state, workers, now: now))
            return state.limiter.update(sample)
        }
        gateway.limitConcurrency(to: limit, now: now)
    }

    private func cpuReading(
        _ state: inout State, _ workers: [WorkerStateMachine], now: Instant
    ) -> ConcurrencyLimiter.CPUReading? {
        guard let queuedAt = state.queuedAt, now - queuedAt < Self.interest else { return nil }
        if let last = state.cpuReadAt, now - last < Self.cpuInterval { return nil }
        state.cpuReadAt = now
        return state.cpu.measure(workers.compactMap { $0.isServing ? $0.pid : nil }, now: now)
    }
}

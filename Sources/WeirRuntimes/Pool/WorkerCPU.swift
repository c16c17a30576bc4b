import Synchronization
import WeirCore
import WeirProcess

/// The processor time that a pool's workers have used, those that ended included. Read once a second.
package final class WorkerCPU: Sendable {
    private struct State {
        var account = CPUAccount()
        var ticks = 0
    }

    private let state = Mutex(State())
    private static let ticksBetween = 10

    /// Reads a small file of every process, at every tenth call.
    func measure(server: Int32?, workers: [Int32]) {
        let isDue = state.withLock { state in
            state.ticks += 1
            return state.ticks % Self.ticksBetween == 0
        }
        guard isDue else { return }
        let ended = server.flatMap { pid in ProcessCPU.ofEndedChildren(of: pid).map { (pid: pid, children: $0) } }
        let living = workers.reduce(into: [:]) { $0[$1] = ProcessCPU.read(pid: $1)?.cpu }
        state.withLock { $0.account.take(server: ended, workers: living) }
    }

    package var total: Nanoseconds { state.withLock { $0.account.total } }
}

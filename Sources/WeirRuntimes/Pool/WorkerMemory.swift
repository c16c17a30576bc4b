import Synchronization
import WeirCore
import WeirProcess

/// What each worker's memory costs, measured one worker at a time: reading it takes the kernel a while.
package final class WorkerMemory: Sendable {
    private struct State {
        var byPID: [Int32: Bytes] = [:]
        var next = 0
        var ticks = 0
    }

    private let state = Mutex(State())
    private static let ticksBetween = 5

    /// Measures the next worker in turn, at every fifth call.
    func measureNext(_ workers: [WorkerStateMachine]) {
        let pids = workers.compactMap { $0.isLive ? $0.pid : nil }
        let pid = state.withLock { state -> Int32? in
            state.ticks += 1
            guard state.ticks % Self.ticksBetween == 0, !pids.isEmpty else { return nil }
            state.byPID = state.byPID.filter { pids.contains($0.key) }
            state.next = (state.next + 1) % pids.count
            return pids[state.next]
        }
        guard let pid, let memory = ProcessMemory.proportional(pid: pid) else { return }
        state.withLock { $0.byPID[pid] = memory }
    }

    package subscript(pid: Int32) -> Bytes? { state.withLock { $0.byPID[pid] } }
}

import Synchronization
import WeirCore
import WeirProcess

/// What each worker's memory costs, measured a few workers at a time, as reading it takes the kernel a while. In between,
/// own memory is estimated.
///
///     m = ⌈n / 10⌉ of n workers each 500 ms: every one of them within 5 s
///
/// Worked row: n = 1: 1, every 500 ms; n = 25: 3, each every 4.5 s.
package final class WorkerMemory: Sendable {
    private struct State {
        var byPID: [Int32: (memory: ProcessMemory, own: OwnMemory)] = [:]
        var next = 0
        var ticks = 0
    }

    private let state = Mutex(State())
    private static let ticksBetween = 5
    private static let turns = 10

    package init() {}

    /// Measures those whose turn it is, at every fifth call.
    package func measureNext(_ pids: [Int32]) {
        let chosen = state.withLock { state -> [Int32] in
            state.ticks += 1
            guard state.ticks % Self.ticksBetween == 0, !pids.isEmpty else { return [] }
            state.byPID = state.byPID.filter { pids.contains($0.key) }
            let count = (pids.count + Self.turns - 1) / Self.turns
            let first = state.next
            state.next = (first + count) % pids.count
            return (0..<count).map { pids[(first + $0) % pids.count] }
        }
        for pid in chosen { measure(pid) }
    }

    /// nil: the process is gone.
    @discardableResult
    func measure(_ pid: Int32) -> ProcessMemory? {
        guard let memory = ProcessMemory.read(pid: pid), let anonymous = ProcessMemory.anonymous(pid: pid) else {
            return nil
        }
        state.withLock { $0.byPID[pid] = (memory, OwnMemory(own: memory.own, anonymous: anonymous)) }
        return memory
    }

    /// Its own memory now, from what was measured last. nil: the process is gone.
    func estimate(_ pid: Int32) -> Bytes? {
        guard let anonymous = ProcessMemory.anonymous(pid: pid) else { return nil }
        return state.withLock { $0.byPID[pid] }?.own.estimate(anonymous: anonymous) ?? anonymous
    }

    /// As measured last.
    package subscript(pid: Int32) -> ProcessMemory? { state.withLock { $0.byPID[pid]?.memory } }
}

/// The processor time of all workers a pool ever had, from readings of those that live. A worker that has ended is in what
/// its fork server has for its children, once that has collected it; one that outlived its fork server is nowhere, so that
/// its last reading is kept.
///
///     total = K + C + Σ Lᵢ      K: kept of what can be read no more    C: children of the fork server that ended
///                               Lᵢ: each living worker
///
/// Readings are a moment apart: what moves from L to C meanwhile may be missing in one, so the total never goes back.
///
/// Worked row: a worker with 5 s and one with 2 s: 7 s. The first ends at 6 s: C = 6, L = 2, 8 s. The fork server is lost,
/// K = 6, and the other ends, last seen at 3 s: K = 9, 9 s.
package struct CPUAccount: Sendable {
    private struct Worker {
        var cpu: Nanoseconds
        /// The fork server it is from.
        let server: Int32?
    }

    package private(set) var total = Nanoseconds.zero
    private var kept = Nanoseconds.zero
    private var children = Nanoseconds.zero
    private var server: Int32?
    private var workers: [Int32: Worker] = [:]

    package init() {}

    /// `server` was read before `workers`, all of which live.
    package mutating func take(server now: (pid: Int32, children: Nanoseconds)?, workers living: [Int32: Nanoseconds]) {
        if now?.pid != server {
            kept = kept + children
            server = now?.pid
        }
        children = now?.children ?? .zero
        for (pid, worker) in workers where living[pid] == nil {
            if worker.server != server { kept = kept + worker.cpu }
            workers[pid] = nil
        }
        for (pid, cpu) in living { workers[pid] = Worker(cpu: cpu, server: workers[pid]?.server ?? server) }
        total = max(total, workers.values.reduce(kept + children) { $0 + $1.cpu })
    }
}

import Testing
import WeirCore

typealias PoolAction = PoolStateMachine.Action

extension PoolStateMachine.Action {
    var spawned: WorkerID? { if case .spawn(let worker) = self { worker } else { nil } }
    var retired: WorkerID? { if case .retire(let worker) = self { worker } else { nil } }
    var killed: WorkerID? { if case .kill(let worker, _) = self { worker } else { nil } }
}

extension PoolStateMachine {
    /// A pool whose first workers are up and idle.
    static func up(_ configuration: PoolConfiguration, seed: UInt64 = 1) -> PoolStateMachine {
        var pool = PoolStateMachine(configuration, seed: seed)
        _ = pool.start(now: .zero)
        pool.bringUp(pool.forkServerReady(now: .zero), now: .zero)
        return pool
    }

    /// What these actions spawn comes up at once.
    mutating func bringUp(_ actions: [Action], now: Instant) {
        for worker in actions.compactMap(\.spawned) {
            _ = workerForked(worker, pid: Int32(100 + worker.index), now: now)
            _ = workerReady(worker, now: now)
        }
    }

    /// What these actions spawn dies before it is ready.
    mutating func failBoots(_ actions: [Action], now: Instant) {
        for worker in actions.compactMap(\.spawned) {
            _ = workerForked(worker, pid: Int32(100 + worker.index), now: now)
            _ = workerExited(worker, reason: "exit status 255", now: now)
        }
    }

    /// Lets time pass in which nothing is due.
    mutating func pass(from start: Int = 0, until end: Int) {
        for now in stride(from: start, to: end, by: 1_000) { #expect(tick(queued: 0, now: at(now)) == []) }
    }

    mutating func serve(_ worker: WorkerID, now: Instant) -> [Action] {
        requestStarted(worker, now: now)
        return requestFinished(worker, now: now)
    }
}

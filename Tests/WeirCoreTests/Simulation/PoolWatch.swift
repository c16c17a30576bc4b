@testable import WeirCore

/// The pool's documented bounds on processes, worked out anew after every decision.
struct PoolWatch {
    private var live = 0

    /// What is wrong, if anything.
    mutating func compare(_ pool: borrowing PoolStateMachine, after actions: [PoolAction]) -> String? {
        var (starting, serving, liveNow) = (0, 0, 0)
        for worker in pool.workers where worker.isLive {
            liveNow += 1
            if worker.isStarting { starting += 1 }
            if worker.isServing { serving += 1 }
        }
        defer { live = liveNow }
        // A maximum that was lowered is exceeded until workers have left.
        let most = max(live, pool.maximum + pool.configuration.spareProcesses)
        if liveNow > most { return "\(liveNow) processes, where at most \(most) may live" }
        guard actions.contains(where: { $0.spawned != nil }) else { return nil }
        let share = max(1, Int(pool.configuration.replaceShare * Double(pool.target)))
        if starting + serving > pool.target + share {
            return "\(starting + serving) workers start or work, where \(pool.target) and \(share) more are allowed"
        }
        return nil
    }
}

/// How workers that work are replaced: successors first. A worker that is due raises the number of workers that are
/// wanted by one; once more than the target are up, the due ones go.
extension PoolStateMachine {
    /// The worker is to be replaced: after its request, once its successor is up.
    package mutating func recycle(_ worker: WorkerID, reason: RecycleReason) {
        guard workers.indices.contains(worker.index), workers[worker.index].isActive else { return }
        workers[worker.index].setDue(reason)
    }

    /// The worker is to go at once, whatever it does, and its successor to start at once.
    package mutating func killNow(_ worker: WorkerID, _ reason: KillReason, now: Instant) -> [Action] {
        guard workers.indices.contains(worker.index), workers[worker.index].isLive, !workers[worker.index].isKilled
        else { return [] }
        let hadServed = workers[worker.index].requests > 0
        return kill(worker.index, reason) + fill(now: now, atOnce: hadServed ? 1 : 0)
    }

    /// The worker, idle where it runs one request, takes no other, whatever anyone wants of it: its successor starts at
    /// once, and it goes.
    package mutating func leaves(_ worker: WorkerID, _ reason: RecycleReason, now: Instant) -> [Action] {
        guard workers.indices.contains(worker.index), mayRetire(worker.index) else { return [] }
        workers[worker.index].setDue(reason)
        return replace(worker, now: now)
    }

    /// Workers that go when they can be done without.
    var due: Int { workers.count { $0.isServing && $0.isDue } }

    /// Workers that ought to work or start: successors count beside those they are to replace.
    var wanted: Int { target + min(due, max(1, Int(configuration.replaceShare * Double(target)))) }

    var serving: Int { workers.count(where: \.isServing) }

    /// More are up than the target, and it is this one's turn to go: due ones go first.
    func canSpare(_ index: Int) -> Bool {
        let surplus = serving - target
        return workers[index].isDue ? surplus > 0 : surplus > due
    }

    /// It has reached the limit of all, which is a promise and not a matter of turns; but a worker is better than none.
    func hasServedAll(_ index: Int) -> Bool {
        configuration.maxRequests > 0 && !configuration.runsMany && workers[index].requests >= configuration.maxRequests
            && !isFailing
    }

    /// It serves, and need not finish what it runs first.
    func mayRetire(_ index: Int) -> Bool {
        workers[index].isReady || configuration.runsMany && workers[index].isBusy
    }

    /// Workers that can be done without: those that are due, and what a lowered maximum leaves over.
    mutating func retireSurplus(now: Instant) -> [Action] {
        if isShrinking { isShrinking = active > target }
        guard serving > target else { return [] }
        var actions: [Action] = []
        for index in workers.indices where mayRetire(index) && workers[index].isDue && canSpare(index) {
            actions.append(retire(index, now: now))
        }
        while let leaving = longestIdle ?? leastBusy, canSpare(leaving.index) {
            actions.append(retire(leaving.index, now: now))
        }
        return actions
    }

    /// The successor, if one is missing, first: it starts while the other leaves.
    mutating func replace(_ worker: WorkerID, now: Instant) -> [Action] {
        let retirement = retire(worker.index, now: now)
        return fill(now: now) + [retirement]
    }

    mutating func retire(_ index: Int, now: Instant) -> Action {
        if let reason = workers[index].retire(now: now), !isStopping { tally.recycles[reason] += 1 }
        return .retire(WorkerID(index))
    }

    /// One without a pid is killed as soon as it has one.
    mutating func kill(_ index: Int, _ reason: KillReason) -> [Action] {
        if workers[index].kill(reason) { tally.kills[reason] += 1 }
        return workers[index].pid != nil ? [.kill(WorkerID(index), reason: reason)] : []
    }

    /// Of those that may leave though they are busy: who has the fewest requests to finish.
    private var leastBusy: WorkerID? {
        guard configuration.runsMany else { return nil }
        let busy = workers.indices.filter { workers[$0].isBusy }
        return busy.min { workers[$0].outstanding < workers[$1].outstanding }.map { WorkerID($0) }
    }

    var longestIdle: WorkerID? {
        var longest: (index: Int, since: Instant)?
        for (index, worker) in workers.enumerated() {
            guard let since = worker.idleSince else { continue }
            if longest.map({ since < $0.since }) ?? true { longest = (index, since) }
        }
        return longest.map { WorkerID($0.index) }
    }
}

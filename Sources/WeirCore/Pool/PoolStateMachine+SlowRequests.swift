/// The slow log: requests that take too long are counted, and some of them asked what they do.
extension PoolStateMachine {
    mutating func noticeSlowRequest(_ index: Int, now: Instant) {
        guard let limit = configuration.slowAfter, !configuration.runsMany else { return }
        if workers[index].noticeSlow(after: limit, now: now) { tally.slowRequests += 1 }
    }

    /// The one that has taken longest, when it may be asked.
    mutating func askForStack(now: Instant) -> [Action] {
        guard configuration.slowAfter != nil, sampler.mayTake(now: now) else { return [] }
        var slowest: (index: Int, since: Instant)?
        for (index, worker) in workers.enumerated() where worker.isUnaskedSlow {
            guard let since = worker.busySince else { continue }
            if slowest.map({ since < $0.since }) ?? true { slowest = (index, since) }
        }
        guard let slowest else { return [] }
        sampler.take(now: now)
        workers[slowest.index].askForStack()
        tally.stacksAsked += 1
        return [.askForStack(WorkerID(slowest.index))]
    }
}

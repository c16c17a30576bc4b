/// The end of a pool. Whoever stops it has stopped admitting requests and let the queue run empty: workers take nothing
/// more once this has begun.
extension PoolStateMachine {
    /// Idle workers leave now, busy ones after their request, or with the several they may have; starting ones are killed
    /// as nothing is lost with them. The fork server goes last.
    package mutating func beginStop(now: Instant) -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        target = 0
        var actions: [Action] = []
        for index in workers.indices {
            if mayRetire(index) {
                actions.append(retire(index, now: now))
            } else if workers[index].isStarting {
                actions += kill(index, .stopping)
            }
        }
        return actions + stopForkServerIfAlone()
    }

    package mutating func killAll(_ reason: KillReason, now: Instant) -> [Action] {
        isStopping = true
        target = 0
        var actions: [Action] = []
        for index in workers.indices where workers[index].isLive { actions += kill(index, reason) }
        if forkServer != .off {
            forkServer = .killed
            actions.append(.killForkServer)
        }
        return actions
    }

    /// No process is left.
    package var isStopped: Bool { isStopping && forkServer == .off && live == 0 }

    mutating func stopForkServerIfAlone() -> [Action] {
        guard live == 0, forkServer != .off, forkServer != .killed else { return [] }
        return [.stopForkServer]
    }
}

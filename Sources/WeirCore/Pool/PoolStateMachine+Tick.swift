/// What time alone brings about: called ten times a second.
extension PoolStateMachine {
    static let suspensionMin = Nanoseconds.seconds(5)

    /// `queued`: requests that wait for a worker.
    package mutating func tick(queued: Int, now: Instant) -> [Action] {
        forgiveSuspension(now: now)
        for index in workers.indices { noticeSlowRequest(index, now: now) }
        var actions = killOverdue(now: now) + askForStack(now: now)
        guard !isStopping else { return actions }
        if forkServer == .off, serverStarts.allows(now: now) { actions += start(now: now) }
        for index in workers.indices where workers[index].isServing && workers[index].hasOutlived(now: now) {
            workers[index].setDue(.maxLifetime)
        }
        actions += resize(queued: queued, now: now)
        let successors = fill(now: now)
        return actions + successors + retireSurplus(now: now)
    }

    /// After so long without a tick nothing ran, here and most likely there: the machine was suspended, or its clock was
    /// set. Nobody is overdue, idle or old for that; every span starts later by as much.
    private mutating func forgiveSuspension(now: Instant) {
        defer { lastTick = now }
        guard let lastTick, now - lastTick > Self.suspensionMin else { return }
        let gap = now - lastTick
        for index in workers.indices { workers[index].forgive(gap, now: now) }
        if case .starting(let since) = forkServer { forkServer = .starting(since: min(since + gap, now)) }
        tooManyIdleSince = tooManyIdleSince.map { min($0 + gap, now) }
    }

    private mutating func killOverdue(now: Instant) -> [Action] {
        var actions: [Action] = []
        var isServerStuck = false
        if case .starting(let since) = forkServer { isServerStuck = now - since > configuration.bootTimeout }
        for index in workers.indices {
            if let reason = workers[index].overdue(configuration, now: now) {
                if reason == .bootTimeout {
                    let seconds = configuration.bootTimeout.seconds
                    let pid = workers[index].pid ?? 0
                    bootFailed(WorkerID(index), "(pid \(pid)) was not ready within \(seconds) s", now: now)
                }
                actions += kill(index, reason)
            }
            // A worker without a pid cannot be killed: it is the fork server that does not answer.
            if case .forking(let since) = workers[index].state, now - since > configuration.bootTimeout {
                isServerStuck = true
            }
        }
        if isServerStuck && forkServer != .killed && forkServer != .off {
            forkServer = .killed
            actions.append(.killForkServer)
        }
        return actions
    }
}

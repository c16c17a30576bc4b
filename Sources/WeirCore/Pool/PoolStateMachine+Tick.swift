/// What time alone brings about: called ten times a second.
extension PoolStateMachine {
    static let spawnBurstMax = 32
    static let tooManyIdleFor = Nanoseconds.seconds(1)

    /// `queued`: requests that wait for a worker.
    package mutating func tick(queued: Int, now: Instant) -> [Action] {
        var actions = killOverdue(now: now)
        guard !isStopping else { return actions }
        if forkServer == .off, serverStarts.allows(now: now) { actions += start(now: now) }
        actions += replaceDue(now: now)
        if case .dynamic(_, let minSpare, let maxSpare, _) = configuration.manager {
            actions += resize(minSpare: minSpare, maxSpare: maxSpare, queued: queued, now: now)
        }
        return actions + fill(now: now)
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
                workers[index].kill(reason)
                tally.killed += 1
                actions.append(.kill(WorkerID(index), reason: reason))
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

    /// Room for one successor, and nothing that speaks against it: workers that are due go one after the other, each when
    /// the successor of the one before is up.
    var mayReplace: Bool { !isFailing && live <= configuration.max && !workers.contains(where: \.isStarting) }

    private mutating func replaceDue(now: Instant) -> [Action] {
        guard let due = workers.firstIndex(where: { $0.isReady && $0.isDue }), mayReplace else { return [] }
        return replace(WorkerID(due), now: now)
    }

    /// php-fpm's dynamic manager: 1, 2, 4 ... 32 workers a step while too few are idle, one less a step while too many are.
    /// What starts counts as idle, or each step until it is up would start as many again. Requests that wait while a worker
    /// is idle wait for their lane and not for workers.
    private mutating func resize(minSpare: Int, maxSpare: Int, queued: Int, now: Instant) -> [Action] {
        let idle = workers.count(where: \.isReady)
        let starting = workers.count(where: \.isStarting)
        let missing = max(minSpare - idle - starting, idle == 0 ? queued - starting : 0)
        if missing > 0 {
            tooManyIdleSince = nil
            grow(by: missing)
            return []
        }
        spawnBurst = 1
        isAtMax = false
        guard idle > maxSpare else {
            tooManyIdleSince = nil
            return []
        }
        let since = tooManyIdleSince ?? now
        tooManyIdleSince = since
        guard now - since >= Self.tooManyIdleFor, let longest = longestIdle else { return [] }
        workers[longest.index].retire(now: now)
        target = active
        return [.retire(longest)]
    }

    private mutating func grow(by missing: Int) {
        let active = active
        if active >= configuration.max {
            if !isAtMax { tally.maxReached += 1 }
            isAtMax = true
            return
        }
        guard !isFailing else { return }
        target = min(configuration.max, max(target, active + min(missing, spawnBurst)))
        spawnBurst = min(Self.spawnBurstMax, spawnBurst * 2)
    }

    private var longestIdle: WorkerID? {
        var longest: (index: Int, since: Instant)?
        for (index, worker) in workers.enumerated() {
            guard case .ready(let since) = worker.state else { continue }
            if longest.map({ since < $0.since }) ?? true { longest = (index, since) }
        }
        return longest.map { WorkerID($0.index) }
    }
}

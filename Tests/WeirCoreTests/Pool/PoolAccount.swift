import WeirCore

/// What a pool may and must do, kept apart from how it decides: bounds, promises and counts, worked out anew from what
/// was seen of the processes.
struct PoolAccount {
    struct Process {
        var pid: Int32
        var served = 0
        /// Since when it runs a request.
        var busySince: Instant?
        var isSlow = false
        var isAsked = false
        var isRetired = false
        var isKilled = false
        /// It says that it takes no other request.
        var goesByItself = false
    }

    var processes: [Int: Process] = [:]
    /// It never ran backwards: spans between crashes are what they seem.
    var isClockTrue = true
    private(set) var fault: String?
    private(set) var served = 0
    private(set) var slowRequests = 0
    private(set) var bursts = 0
    private var crashes: [Instant] = []
    private var stacks: [Instant] = []
    private var kills: [KillReason: Int] = [:]
    private var retirements = 0
    private var live = 0

    mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds && fault == nil { fault = complaint() }
    }

    // MARK: Processes

    mutating func started(_ worker: WorkerID, now: Instant) {
        served += 1
        processes[worker.index]?.served += 1
        processes[worker.index]?.busySince = now
        processes[worker.index]?.isSlow = false
        processes[worker.index]?.isAsked = false
    }

    mutating func lookForSlow(_ worker: WorkerID, _ configuration: PoolConfiguration, now: Instant) {
        guard let limit = configuration.slowAfter, let process = processes[worker.index], !process.isSlow,
            let since = process.busySince, now - since > limit
        else { return }
        slowRequests += 1
        processes[worker.index]?.isSlow = true
    }

    /// Whether a burst begins, by counting the crashes of the interval.
    mutating func crashBeginsBurst(_ configuration: PoolConfiguration, now: Instant) -> Bool {
        guard configuration.emergencyThreshold > 0 else { return false }
        func isBurst(_ end: Int) -> Bool {
            let time = crashes[end]
            let count = crashes[...end].count { time - $0 <= configuration.emergencyInterval }
            return count >= configuration.emergencyThreshold
        }
        crashes.append(now)
        let last = crashes.count - 1
        let goesOn = last > 0 && isBurst(last - 1) && now - crashes[last - 1] <= configuration.emergencyInterval
        let begins = isBurst(last) && !goesOn
        if begins { bursts += 1 }
        return begins
    }

    // MARK: Actions

    mutating func retired(_ worker: WorkerID) {
        check(processes[worker.index].map { !$0.isRetired && !$0.isKilled } ?? false, "retired nobody, or twice")
        processes[worker.index]?.isRetired = true
        processes[worker.index]?.busySince = nil
        retirements += 1
    }

    mutating func killed(_ worker: WorkerID, _ reason: KillReason) {
        check(processes[worker.index] != nil, "killed nobody")
        check(reason == .stopping || processes[worker.index]?.isKilled == false, "killed twice")
        processes[worker.index]?.isKilled = true
        processes[worker.index]?.busySince = nil
        kills[reason, default: 0] += 1
    }

    mutating func asked(_ worker: WorkerID, _ configuration: PoolConfiguration, now: Instant) {
        let process = processes[worker.index]
        check(process?.busySince != nil && process?.isSlow == true, "asked one that is not slow")
        check(process?.isAsked == false, "asked twice about a request")
        processes[worker.index]?.isAsked = true
        check(stacks.last.map { now - $0 >= configuration.slowLogInterval } ?? true, "asked too soon")
        stacks.append(now)
        check(stacks.count { now - $0 < .minutes(1) } <= 10, "asked too often")
    }

    /// After every call, before anything else happens.
    mutating func compare(_ pool: borrowing PoolStateMachine, after actions: [PoolAction], isStopping: Bool) {
        let configuration = pool.configuration
        let status = pool.status
        let active = status.starting + status.idle + status.busy
        let liveNow = active + status.leaving
        let target = status.target
        let spawned = actions.compactMap(\.spawned)
        check(liveNow <= max(live, status.maximum + configuration.spareProcesses), "more processes than the bound")
        live = liveNow
        if !spawned.isEmpty {
            let share = max(1, Int(configuration.replaceShare * Double(target)))
            check(active <= target + share, "more successors than the share")
        }
        check(target <= status.maximum, "a target above the maximum")
        if case .static = configuration.manager, !isStopping {
            check(target == status.maximum, "a static pool of another size than its maximum")
            for worker in actions.compactMap(\.retired) {
                let served = processes[worker.index]?.served ?? 0
                let hasServedAll = configuration.maxRequests > 0 && served >= configuration.maxRequests
                let goesByItself = processes[worker.index]?.goesByItself ?? false
                check(
                    hasServedAll || goesByItself || status.idle + status.busy >= target,
                    "left before its successor was up")
            }
        }
        if !isStopping, case .ready = status.forkServer, status.failures == 0 {
            let isFull = liveNow >= status.maximum + configuration.spareProcesses
            check(isFull || active >= target, "fewer workers than the target without a reason")
        }
    }

    /// After what it decided was carried out.
    mutating func compareCounts(_ status: PoolStatus) {
        check(status.tally.started - status.tally.exited == processes.count, "lost count of the processes")
        check(status.tally.recycles.total <= retirements, "more replaced than retired")
        check(status.tally.stacksAsked == stacks.count, "lost count of the stacks")
        check(!isClockTrue || status.tally.generationsWanted == bursts, "lost count of the bursts")
        for (reason, count) in kills where reason != .stopping {
            check(status.tally.kills[reason] >= count, "lost count of the kills")
        }
    }

    mutating func checkFailures(_ failures: [WorkerFailure]) {
        check(failures.count <= 10, "remembers too many failures")
        for failure in failures {
            check(failure.lastWords.count <= 5, "remembers too many lines")
            check(failure.lastWords.allSatisfy { $0.utf8.count <= 512 }, "remembers lines that are too long")
        }
    }
}

@testable import WeirCore

/// What must be true, whatever happens.
extension SimulatedServer {
    func check() {
        report(gateway.fault)
        report(ledger.fault)
        let idle = gateway.idle
        let idleInQueue = gateway.scheduler.dispatcher.roster.idle
        if idle != idleInQueue { report("the pool knows \(idle) idle workers, the queue \(idleInQueue)") }
        guard idle > 0, let request = ledger.waiting.first(where: mayRun) else { return }
        report("request \(request) waits while \(idle) workers are idle")
    }

    private func mayRun(_ request: Int) -> Bool {
        let lane = ledger[request].lane
        let policy = plan.lanes[lane]
        return ledger[request].arrived + policy.timeout > clock
            && gateway.scheduler.dispatcher.lanes[lane].running < policy.concurrency ?? .max
    }

    /// Right after the overdue were shed and the pool has decided.
    func checkTick() {
        for request in ledger.waiting where deadline(of: request) <= clock {
            return report("request \(request) waits beyond its timeout")
        }
        for (lane, policy) in plan.lanes.enumerated() where ledger.waiting(in: lane) > policy.limit {
            report("\(ledger.waiting(in: lane)) wait in lane \(policy.name), where \(policy.limit) may")
        }
        if gateway.scheduler.isAvailable != gateway.pool.isAvailable {
            report(
                "the queue counts on the pool: \(gateway.scheduler.isAvailable), it works: \(gateway.pool.isAvailable)")
        }
        for pid in living {
            let process = processes[pid]
            let known = gateway.pool.workers[process.worker.index]
            if known.pid != Int32(pid) { return report("nobody knows of the living process with pid \(pid)") }
            guard process.isAdded, process.isConnected, known.isServing else { continue }
            if gateway.process(of: process.worker) != Int32(pid) {
                return report("the queue has forgotten pid \(pid), which works as worker \(process.worker.index)")
            }
        }
    }

    private func deadline(of request: Int) -> Instant {
        ledger[request].arrived + plan.lanes[ledger[request].lane].timeout
    }

    func checkShed(_ shed: Shed, lane: Int) {
        let dispatcher = gateway.scheduler.dispatcher
        let policy = plan.lanes[lane]
        switch shed.reason {
        case .queueFull, .hopeless:
            let hasRoom = dispatcher.lanes[lane].running < policy.concurrency ?? .max
            if dispatcher.roster.idle > 0 && hasRoom {
                report("shed (\(shed.reason.rawValue)) though a worker is idle")
            }
        case .timeout: report("shed for a timeout on arrival")
        case .unavailable: if isReliable { report("turned away though nothing has failed for long") }
        }
    }

    /// Long enough after the last fault: under light load everybody is served again.
    func checkItWorks() {
        guard fault == nil else { return }
        let status = gateway.pool.status
        if !status.isAvailable || status.forkServer != .ready || plan.hasCalm && servedReliably == 0 {
            report("the pool has not come back: \(status.forkServer), \(status.lastFailure ?? "no failure")")
        }
        if let last = sizes.last, gateway.pool.maximum != last.workers {
            report("the pool has a maximum of \(gateway.pool.maximum), where the sizer says \(last.workers)")
        }
    }

    /// Whatever arrived is in exactly one place: see ``SchedulerSnapshot``.
    func checkCounts() {
        let counts = gateway.scheduler.snapshot(now: clock)
        let places =
            counts.completed + counts.cancelled + counts.interrupted + counts.shed.timeout + counts.turnedAway
        if counts.queued + counts.running > 0 { report("\(counts.queued) wait and \(counts.running) run at the end") }
        if counts.accepted != places { report("\(counts.accepted) were accepted, \(places) left again") }
        let again = counts.retried
        if again != ledger.retried { report("\(again) came again, where \(ledger.retried) did") }
    }
}

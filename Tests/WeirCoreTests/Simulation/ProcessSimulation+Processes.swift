@testable import WeirCore

extension ProcessSimulation {
    /// Who is to leave leaves the queue before anything else is handed out.
    func takeOut(_ actions: [PoolAction]) {
        guard canary != .forgetsRetirement else { return }
        for action in actions {
            switch action {
            case .retire(let worker), .kill(let worker, _): _ = scheduler.retireWorker(worker)
            default: break
            }
        }
    }

    func perform(_ actions: [PoolAction]) {
        report(watch.compare(pool, after: actions))
        takeOut(actions)
        scheduler.isAvailable = pool.isAvailable
        if !scheduler.isAvailable { scheduler.shedQueued { request, _ in turnedAway(request) } }
        for action in actions {
            switch action {
            // There is none: the server spawns for itself.
            case .startForkServer: perform(pool.forkServerReady(now: now))
            case .stopForkServer, .killForkServer: perform(pool.forkServerExited(reason: "asked", now: now))
            case .spawn(let worker): after(.milliseconds(2), .forked(worker))
            case .retire(let worker): letGo(worker)
            case .kill(let worker, _): kill(worker)
            case .askForStack: report("asked a process with many requests for its stack")
            case .startNewGeneration: break
            }
        }
        handOut()
    }

    func forked(_ worker: WorkerID) {
        if strikes(plan.forkFails) { return perform(pool.forkFailed(worker, reason: "simulated", now: now)) }
        let pid = Int32(processes.count + 1)
        processes[pid] = Process(worker: worker)
        if strikes(plan.bootFails) {
            after(.milliseconds(100), .dies(pid))
        } else if !strikes(plan.bootHangs) {
            after(.milliseconds(20 + generator.below(800)), .ready(pid))
        }
        perform(pool.workerForked(worker, pid: pid, now: now))
    }

    func ready(_ pid: Int32) {
        guard let process = processes[pid], process.isAlive else { return }
        let known = pool.workers[process.worker.index]
        guard known.isStarting, known.pid == pid else { return }
        processes[pid]?.isAdded = true
        let actions = pool.workerReady(process.worker, now: now)
        scheduler.isAvailable = pool.isAvailable
        hand(out: scheduler.addWorker(process.worker, loop: 0, now: now))
        perform(actions)
    }

    private func letGo(_ worker: WorkerID) {
        guard let pid = pool.workers[worker.index].pid else { return }
        processes[pid]?.isLetGo = true
        if processes[pid]?.jobs.isEmpty == false { retiredBusy += 1 }
        if canary == .closesAtOnce { after(.milliseconds(1), .dies(pid)) }
        closeIfDone(pid)
    }

    /// Its last request is done: it exits, if it listens.
    func closeIfDone(_ pid: Int32) {
        guard let process = processes[pid], process.isLetGo, process.jobs.isEmpty else { return }
        if !strikes(plan.ignoresRetirement) { after(.milliseconds(generator.below(5)), .dies(pid)) }
    }

    private func kill(_ worker: WorkerID) {
        guard let pid = pool.workers[worker.index].pid else { return }
        processes[pid]?.isStruck = true
        after(.milliseconds(1), .dies(pid))
    }

    func die(_ pid: Int32) {
        guard let process = processes[pid], process.isAlive else { return }
        if !process.isLetGo || !process.isAdded { processes[pid]?.isStruck = true }
        if !process.jobs.isEmpty, processes[pid]?.isStruck == false {
            report("pid \(pid) was closed under \(process.jobs.count) requests")
        }
        processes[pid]?.isAlive = false
        after(.microseconds(generator.below(3_000)), .connectionsLost(pid))
        after(.microseconds(generator.below(3_000)), .exited(pid))
    }

    func connectionsLost(_ pid: Int32) {
        guard let process = processes[pid], process.isConnected else { return }
        processes[pid]?.isConnected = false
        processes[pid]?.jobs = [:]
        guard process.isAdded else { return }
        if canary != .returnsBeforeRetiring { _ = scheduler.retireWorker(process.worker) }
        lost(process.jobs.sorted { $0.key < $1.key }.map(\.value))
        hand(out: scheduler.removeWorker(process.worker, now: now))
        handOut()
    }

    func exited(_ pid: Int32) {
        connectionsLost(pid)
        guard let process = processes[pid], pool.workers[process.worker.index].pid == pid else { return }
        perform(pool.workerExited(process.worker, reason: "simulated", now: now))
    }

    // MARK: What must be true

    func check() {
        let places = plan.pool.requestsAtOnce
        let snapshot = scheduler.snapshot(now: now)
        let loads = snapshot.outstanding
        for load in loads {
            let known = pool.workers[load.worker.index]
            guard let pid = known.pid, let process = processes[pid], process.isConnected, process.isAdded else {
                return report("the queue knows worker \(load.worker.index), which is gone")
            }
            if load.running != process.jobs.count || known.outstanding != process.jobs.count {
                report(
                    "pid \(pid) has \(process.jobs.count) requests, "
                        + "the queue says \(load.running), the pool \(known.outstanding)")
            }
            if load.running > places { report("\(load.running) requests where \(places) may run") }
            if known.isServing == load.isRetiring { report("pid \(pid): the pool and the queue disagree") }
        }
        if snapshot.idle > 0, waiting.contains(where: { requests[$0].arrived + plan.lane.timeout > now }) {
            report("a request waits beside \(snapshot.idle) free places")
        }
    }

    func checkItWorks() {
        let status = pool.status
        if !status.isAvailable { report("the pool has not come back: \(status.lastFailure ?? "no failure")") }
        if status.starting > 0 && status.target > 1 && plan.pool.maxLifetime == nil && plan.pool.maxRequests == 0 {
            report("workers still start: \(status)")
        }
        let calm = requests.filter { $0.arrived - start > plan.calmAfter + .seconds(8) }
        if !calm.isEmpty && !calm.contains(where: { $0.answer == .completed }) { report("nobody was served again") }
        for request in calm where request.answer == .workerDied { report("a request was lost in calm: \(request)") }
    }

    func checkCounts() {
        let counts = scheduler.snapshot(now: now)
        let left = counts.completed + counts.cancelled + counts.interrupted + counts.shed.timeout + counts.turnedAway
        if counts.running + counts.queued > 0 { report("\(counts.running) run and \(counts.queued) wait at the end") }
        if counts.accepted != left { report("\(counts.accepted) were accepted, \(left) left again") }
        if counts.completed != answers[.completed] ?? 0 { report("completed others than were answered") }
    }
}

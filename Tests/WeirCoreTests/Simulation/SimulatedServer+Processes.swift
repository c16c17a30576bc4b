@testable import WeirCore

struct SimulatedProcess {
    /// What its CPU time, or the lack of it, is for.
    enum Phase { case booting, idle, firstHalf, waiting, secondHalf, gone }

    let worker: WorkerID
    /// Of the fork server it comes from.
    let generation: Int
    let loop: Int
    /// In parts of what workers grow to.
    let size: Double
    var phase = Phase.booting
    /// On its connection, whether it works on it or is dead.
    var request: Int?
    var startedAt = Instant.zero
    var served = 0
    var leaked = 0.0
    var own = 0.0
    /// Its connection is closed, or will be after the request at hand; it exits then.
    var isLetGo = false
    var isConnected = true
    /// The queue was told of it, and wanted it.
    var isAdded = false
    /// What its connection tells arrives in order.
    var connectionIsFree = Instant.zero

    var isAlive: Bool { phase != .gone }
}

/// The fork server, its children and what is heard of them: as `ManagedPool` has it.
extension SimulatedServer {
    func carryOut(_ actions: [PoolAction]) {
        for action in actions {
            switch action {
            case .startForkServer: startForkServer()
            case .stopForkServer, .killForkServer:
                after(.milliseconds(1), .forkServerGone(generation: forkServer.generation))
            case .spawn(let worker): spawn(worker)
            case .retire(let worker):
                if let pid = gateway.process(of: worker) { letGo(Int(pid)) }
            case .kill(let worker, let reason): kill(worker, reason)
            case .askForStack, .startNewGeneration: break
            }
        }
    }

    // MARK: The fork server

    private func startForkServer() {
        forkServer.generation += 1
        forkServer.isUp = true
        let generation = forkServer.generation
        if strikes(faults.forkServerFails) {
            after(.milliseconds(20), .forkServerGone(generation: generation))
        } else if !strikes(faults.forkServerHangs) {
            after(.milliseconds(50 + generator.below(100)), .forkServerReady(generation: generation))
        }
    }

    func forkServerReady(_ generation: Int) {
        guard generation == forkServer.generation, forkServer.isUp else { return }
        decidePool { pool, _, now in pool.forkServerReady(now: now) }
    }

    func forkServerGone(_ generation: Int) {
        guard generation == forkServer.generation, forkServer.isUp else { return }
        forkServer.isUp = false
        decidePool { pool, _, now in pool.forkServerExited(reason: "simulated", now: now) }
    }

    private func spawn(_ worker: WorkerID) {
        guard forkServer.isUp else { return forkFailed(worker) }
        let span = Nanoseconds.microseconds(500 + generator.below(3_000))
        if strikes(faults.forkFails) {
            after(span, .forkFailed(worker, generation: forkServer.generation))
        } else if !strikes(faults.forkHangs) {
            after(span, .forked(worker, generation: forkServer.generation))
        }
    }

    func forkFailed(_ worker: WorkerID) {
        decidePool { pool, _, now in pool.forkFailed(worker, reason: "simulated", now: now) }
    }

    func forked(_ worker: WorkerID, _ generation: Int) {
        guard generation == forkServer.generation, forkServer.isUp else { return }
        let pid = processes.count
        processes.append(
            SimulatedProcess(
                worker: worker, generation: generation, loop: nextLoop % plan.loops,
                size: 1 + 0.08 * (generator.fraction() * 2 - 1)))
        nextLoop += 1
        living.append(pid)
        decidePool { pool, _, now in pool.workerForked(worker, pid: Int32(pid), now: now) }
        grow(pid)
        guard processes[pid].isAlive else { return }
        if strikes(faults.bootFails) {
            after(.milliseconds(generator.below(200)), .dies(pid))
        } else if !strikes(faults.bootHangs) {
            cores.begin(pid, seconds: 0.02 + generator.fraction() * 0.08, now: world)
        }
    }

    // MARK: A worker's life

    func booted(_ pid: Int) {
        processes[pid].phase = .idle
        tell(pid, .connectionReady(pid))
    }

    func connectionReady(_ pid: Int) {
        guard processes[pid].isConnected else { return }
        let (worker, loop) = (processes[pid].worker, processes[pid].loop)
        if let consequences = gateway.add(worker, pid: Int32(pid), loop: loop, now: clock) {
            processes[pid].isAdded = true
            perform(consequences)
        } else {
            letGo(pid)
        }
    }

    private func letGo(_ pid: Int) {
        processes[pid].isLetGo = true
        if processes[pid].request == nil { close(pid) }
    }

    /// From the server's side: the worker sees it and exits.
    func close(_ pid: Int) {
        tell(pid, .connectionClosed(pid))
        if processes[pid].isAlive, !strikes(faults.ignoresRetirement) {
            after(.microseconds(200 + generator.below(3_000)), .dies(pid))
        }
    }

    private func kill(_ worker: WorkerID, _ reason: KillReason) {
        if reason == .requestTimeout, let connected = gateway.process(of: worker) { giveUp(on: Int(connected)) }
        let known = gateway.pool.workers[worker.index]
        if known.isLive, let pid = known.pid { after(.microseconds(300 + generator.below(700)), .dies(Int(pid))) }
    }

    private func giveUp(on pid: Int) {
        processes[pid].isLetGo = true
        if let request = processes[pid].request {
            processes[pid].request = nil
            ledger.stopped(request)
            if ledger[request].answer == nil { ledger.answer(request, .timedOut) }
        }
        connectionClosed(pid)
    }

    func die(_ pid: Int) {
        guard processes[pid].isAlive else { return }
        processes[pid].phase = .gone
        cores.remove(pid, now: world)
        living.removeAll { $0 == pid }
        ownMemory -= processes[pid].own
        let isLate = strikes(faults.lateNews)
        tell(pid, .connectionClosed(pid), within: isLate && generator.oneIn(2) ? 500_000 : 3_000)
        after(.microseconds(200 + generator.below(isLate ? 500_000 : 3_000)), .exitTold(pid))
        if isLate { after(.milliseconds(generator.below(2_000)), .exitTold(pid)) }
    }

    // MARK: What is heard of it

    /// By its connection, in order.
    func tell(_ pid: Int, _ event: Event, within microseconds: Int = 300) {
        let at = world + .microseconds(generator.below(microseconds))
        processes[pid].connectionIsFree = max(processes[pid].connectionIsFree, at)
        queue.plan(event, at: processes[pid].connectionIsFree)
    }

    func connectionClosed(_ pid: Int) {
        guard processes[pid].isConnected else { return }
        processes[pid].isConnected = false
        let worker = processes[pid].worker
        if let request = processes[pid].request {
            processes[pid].request = nil
            lost(request, on: pid)
        }
        if canary != .forgetsClosedConnection {
            perform(gateway.remove(worker, pid: Int32(pid), now: clock))
        }
        // One that stays without a connection is of no use.
        let known = gateway.pool.workers[worker.index]
        if known.pid == Int32(pid), known.isLive, !known.isLeaving { after(.milliseconds(1), .dies(pid)) }
    }

    func exitTold(_ pid: Int) {
        guard forkServer.isUp, processes[pid].generation == forkServer.generation else {
            // The next look at the orphans finds it.
            return queue.plan(.exitFound(pid), at: nextTick)
        }
        exited(pid)
    }

    func exited(_ pid: Int) {
        let worker = processes[pid].worker
        guard gateway.pool.workers[worker.index].pid == Int32(pid) || canary == .exitsByNumber else { return }
        perform(gateway.remove(worker, pid: Int32(pid), now: clock))
        decidePool { pool, _, now in pool.workerExited(worker, reason: "simulated", now: now) }
    }
}

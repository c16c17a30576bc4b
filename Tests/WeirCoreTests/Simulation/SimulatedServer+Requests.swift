import Foundation

@testable import WeirCore

/// Clients and their requests: open loop, so that a slow server is not spared by clients that wait for it.
extension SimulatedServer {
    func changeLoad() {
        guard world - start < plan.calmAfter else { return }
        load = plan.load.lowerBound + generator.fraction() * (plan.load.upperBound - plan.load.lowerBound)
        after(.milliseconds(1_500 + generator.below(4_000)), .load)
    }

    func arrive() {
        guard !isDraining else { return }
        after(Nanoseconds(Int(exponential(1 / (load * plan.capacity)) * 1e9)), .arrival)
        let lane = generator.below(plan.lanes.count)
        let request = ledger.arrived(
            RequestLedger.Request(
                lane: lane, loop: generator.below(plan.loops), arrived: clock,
                cpu: min(exponential(plan.cpuPerRequest), plan.cpuPerRequest * 4),
                wait: plan.cpuPerRequest * plan.waitPerCPU * (0.5 + generator.fraction()),
                leak: world - start < plan.calmAfter && strikes(plan.leaksOneIn) ? Double(plan.leak.count) : 0,
                mayComeAgain: strikes(plan.mayComeAgainOneIn)))
        after(Nanoseconds(Int(plan.patience * (0.5 + generator.fraction()) * 1e9)), .givesUp(request))
        let (arrival, consequences) = gateway.submit(
            request, lane: lane, loop: ledger[request].loop, now: clock)
        admitted(request, arrival, isAgain: false)
        perform(consequences)
    }

    /// What an arrival says when the request did not start.
    private func admitted(_ request: Int, _ arrival: Arrival, isAgain: Bool) {
        switch arrival {
        case .dispatch: break
        case .wait(let ticket): ledger.waits(request, ticket)
        case .shed(let shed):
            if !isAgain { checkShed(shed, lane: ledger[request].lane) }
            if !(isAgain && canary == .losesTurnedAwayRetry) { ledger.shed(request, shed) }
        }
    }

    func giveUp(_ request: Int) {
        guard ledger[request].answer == nil else { return }
        if ledger[request].ticket == nil, ledger[request].running == 0 {
            report("request \(request) was lost: it neither waits nor runs, and has no answer")
        }
        if let ticket = ledger[request].ticket {
            if gateway.scheduler.cancel(ticket) != request {
                report("request \(request) was not where its ticket says")
            }
        }
        ledger.answer(request, .abandoned)
    }

    func shedOverdue() {
        for (request, shed) in gateway.shedOverdue(now: clock) { ledger.shed(request, shed) }
    }

    // MARK: On a worker

    func begin(_ request: Int, on pid: Int) {
        ledger.started(request)
        if !processes[pid].isConnected {
            report("request \(request) was given to pid \(pid), whose connection is closed")
        }
        if processes[pid].request != nil { report("worker with pid \(pid) was given two requests") }
        processes[pid].request = request
        processes[pid].startedAt = world
        // Its connection will tell.
        guard processes[pid].isAlive else { return }
        processes[pid].phase = .firstHalf
        cores.begin(pid, seconds: ledger[request].cpu / 2, now: world)
        if strikes(faults.dies) {
            let usual = ledger[request].cpu + ledger[request].wait
            after(Nanoseconds(Int(generator.fraction() * 2 * usual * 1e9)), .dies(pid))
        }
    }

    /// Its computation at hand is done.
    func computed(_ pid: Int) {
        switch processes[pid].phase {
        case .booting: booted(pid)
        case .firstHalf:
            processes[pid].phase = .waiting
            guard !strikes(faults.requestHangs), let request = processes[pid].request else { return }
            after(Nanoseconds(Int(ledger[request].wait * 1e9)), .waited(pid, request: request))
        case .secondHalf: served(pid)
        case .idle, .waiting, .gone: report("pid \(pid) computed without a reason")
        }
    }

    func waited(_ pid: Int, _ request: Int) {
        guard processes[pid].isAlive, processes[pid].request == request else { return }
        processes[pid].phase = .secondHalf
        cores.begin(pid, seconds: ledger[request].cpu / 2, now: world)
    }

    private func served(_ pid: Int) {
        guard let request = processes[pid].request else { return report("pid \(pid) has served nobody") }
        processes[pid].phase = .idle
        processes[pid].served += 1
        processes[pid].leaked += ledger[request].leak
        measured.count += 1
        let wall = world - processes[pid].startedAt
        measured.wall = measured.wall + wall
        measured.cpu = measured.cpu + Nanoseconds(Int(ledger[request].cpu * 1e9))
        let delay = wall.seconds - ledger[request].cpu - ledger[request].wait
        measured.runDelay = (measured.runDelay ?? .zero) + Nanoseconds(max(0, Int(delay * 1e9)))
        grow(pid)
        tell(pid, .answerArrived(pid, request: request))
    }

    /// On its connection's loop. The process may be dead by now, even its number be another's: the client has its answer.
    func answerArrived(_ pid: Int, _ request: Int) {
        guard processes[pid].request == request else { return }
        processes[pid].request = nil
        ledger.stopped(request)
        if ledger[request].answer == nil { ledger.answer(request, .completed) }
        if isReliable { servedReliably += 1 }
        perform(gateway.finished(processes[pid].worker, pid: Int32(pid), now: clock))
        if processes[pid].isLetGo { close(pid) }
    }

    /// The connection has ended, and nobody will answer the request that was on it any more.
    func lost(_ request: Int, on pid: Int) {
        ledger.stopped(request)
        guard ledger[request].answer == nil else { return }
        if processes[pid].isAlive { report("request \(request) failed though its worker lives") }
        let lost = ledger[request]
        guard lost.mayComeAgain, !lost.hasComeAgain else { return ledger.answer(request, .workerDied) }
        ledger.comesAgain(request)
        let (arrival, consequences) = gateway.submitAgain(
            request, lane: lost.lane, loop: lost.loop, arrived: lost.arrived, now: clock)
        admitted(request, arrival, isAgain: true)
        perform(consequences)
    }

    private func exponential(_ mean: Double) -> Double { -log(1 - generator.fraction()) * mean }
}

@testable import WeirCore

/// What the control loop does again and again, the container's memory, and what goes wrong by itself.
extension SimulatedServer {
    static let tickInterval = Nanoseconds.milliseconds(100)

    func tick() {
        nextTick = world + Self.tickInterval
        queue.plan(.tick, at: nextTick)
        strikeAtRandom()
        shedOverdue()
        decidePool { pool, queued, now in pool.tick(queued: queued, now: now) }
        checkTick()
    }

    private func strikeAtRandom() {
        if strikes(faults.clockJumps) {
            let span = generator.oneIn(2) ? generator.below(4_000) : 5_000 + generator.below(10_000_000)
            jumped = jumped + .milliseconds(span)
        }
        if strikes(faults.forkServerDies) {
            after(.milliseconds(1), .forkServerGone(generation: forkServer.generation))
        }
        if strikes(faults.diesIdle), let pid = living.first(where: { processes[$0].phase == .idle }) {
            after(.milliseconds(generator.below(5)), .dies(pid))
        }
        if strikes(faults.meddling), let pid = anyLiving {
            let worker = processes[pid].worker
            let isKilled = generator.oneIn(2)
            decidePool { pool, _, now in
                if isKilled { return pool.killNow(worker, .maxMemory, now: now) }
                pool.recycle(worker, reason: .requested)
                return []
            }
        }
    }

    private var anyLiving: Int? { living.isEmpty ? nil : living[generator.below(living.count)] }

    // MARK: Size

    func size() {
        after(PoolSizer.interval, .size)
        let decision = sizer.decide(sizingInput())
        measured = .none
        let workers =
            switch canary {
            case .sizesByCPUOnly: decision.bounds.cpu.workers
            case .sizesWithoutDamping: decision.bounds.wish.workers
            default: decision.workers
            }
        if workers != sizes.last?.workers { sizes.append((world, workers)) }
        if canary != .forgetsMaximum { decidePool { pool, _, now in pool.setMaximum(workers, now: now) } }
    }

    private func sizingInput() -> SizingInput {
        let up = living.filter { processes[$0].phase != .booting }
        return SizingInput(
            now: clock, memoryLimit: limit, memoryInUse: memoryInUse, server: plan.server,
            workers: up.map {
                .init(requests: processes[$0].served, ownMemory: Bytes(Int(processes[$0].own * wobble())))
            },
            unmeasured: living.count - up.count, shared: plan.shared * wobble(), requests: measured, cores: plan.cores)
    }

    private func wobble() -> Double { 0.98 + generator.fraction() * 0.04 }

    // MARK: Memory

    var memoryInUse: Bytes {
        let generations = forkServer.isUp ? 1 : 0
        let orphans = living.contains { processes[$0].generation != forkServer.generation || !forkServer.isUp } ? 1 : 0
        return plan.server + plan.others + plan.shared * Double(generations + orphans) + Bytes(Int(ownMemory))
    }

    /// Comes close to its full size within a few dozen requests.
    func grow(_ pid: Int) {
        let share = Double(processes[pid].served) / 8
        let grown = 0.4 + 0.6 * share / (1 + share)
        let own = Double(plan.grown.count) * processes[pid].size * grown + processes[pid].leaked
        ownMemory += own - processes[pid].own
        processes[pid].own = own
        killTheLargestWhileShort()
    }

    func lowerLimit() {
        limit = max(limit * (plan.loweredTo ?? 1), memoryInUse * 1.08)
    }

    /// What the kernel does where a container is beyond its limit.
    private func killTheLargestWhileShort() {
        while memoryInUse > limit, let largest = living.max(by: { processes[$0].own < processes[$1].own }) {
            oomKills += 1
            if plan.isWithinTheModel { report("OOM kill: \(memoryInUse.inMebibytes) of \(limit.inMebibytes)") }
            die(largest)
        }
    }
}

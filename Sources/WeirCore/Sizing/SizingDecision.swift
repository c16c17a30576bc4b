/// What ``PoolSizer`` decided, and what from.
package struct SizingDecision: Hashable, Sendable {
    /// The most workers the pool may have.
    package var workers: Int
    /// The rule that is the tightest now. The number may still be on its way there.
    package var bound: SizingBounds.Rule
    package var bounds: SizingBounds
    /// What the pool uses now; workers not measured yet count with the estimate.
    package var poolMemory: Bytes
    package var memoryInUse: Bytes
    package var changedAt: Instant
    package var why: String

    /// How many workers of a new generation a reload may start before it ends one of the old.
    package var reloadOverlap: Int { MemoryBound.overlap(of: workers) }

    /// A line for each bound, with its numbers, then the outcome.
    package var arithmetic: [String] {
        let wish = bounds.wish
        let outcome: String
        switch bound {
        case .configured: outcome = "max_workers is fixed at \(workers); auto would be \(wish.workers) (\(wish.rule))"
        case _ where workers == wish.workers: outcome = "the least, \(wish.rule), rules: \(Figures.workers(workers))"
        default:
            outcome = "the least is \(wish.workers) (\(wish.rule)); \(Figures.workers(workers)) now, changed in steps"
        }
        return bounds.arithmetic + [outcome]
    }

    /// The numbers of this decision that were found, not configured.
    package func explanations(app: String) -> [Explanation] {
        let memory = bounds.memory
        return [
            Explanation(
                name: "apps.\(app).pool.max_workers", value: "\(workers)", formula: "min(memory, cpu, downstream)",
                inputs: [("memory", "\(memory.workers)"), ("cpu", "\(bounds.cpu.workers)")]
                    + (bounds.downstream.map { [("downstream", "\($0.workers)")] } ?? []),
                lastChanged: changedAt, why: why, arithmetic: arithmetic),
            Explanation(
                name: "apps.\(app).memory_budget", value: memory.budget.inMebibytes,
                formula: "share x (limit - reserve - server - others - processes)",
                inputs: [
                    ("share", "\(Figures.short(memory.share * 100)) %"), ("limit", memory.limit.inMebibytes),
                    ("reserve", memory.reserve.inMebibytes), ("server", memory.server.inMebibytes),
                    ("others", memory.others.inMebibytes), ("processes", memory.programs.inMebibytes),
                    ("in use", memoryInUse.inMebibytes),
                ],
                why: "what this app's workers may use together, room for a reload included"),
            Explanation(
                name: "apps.\(app).worker_memory", value: memory.perWorker.inMebibytes,
                formula: "max(95th percentile, prior blended with it)",
                inputs: [("basis", bounds.memoryBasis), ("shared once", memory.shared.inMebibytes)],
                why: "what one worker has for itself after a while"),
            Explanation(
                name: "apps.\(app).wait_per_cpu", value: Figures.short(bounds.cpu.waitPerCPU),
                formula: "(wall - cpu - run delay) / cpu", inputs: [("basis", bounds.cpuBasis)],
                why: "how long requests wait, other than for a CPU, for each unit of CPU time"),
        ]
    }
}

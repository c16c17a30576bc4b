extension ConcurrencyLimiter {
    /// What was found, not what is being tried.
    package func explanation(app: String) -> Explanation {
        Explanation(
            name: "apps.\(app).pool.concurrency", value: found.map(String.init) ?? "all workers",
            formula: "min(cpu, search), never below ceil(cores) + 1",
            inputs: last.map { last in
                [
                    ("cores", Figures.short(last.cores)), ("workers", String(last.live)),
                    ("cpu", cpu.limit.map(String.init) ?? "none"),
                    ("search", search.held.map(String.init) ?? "none"),
                ]
            } ?? [],
            lastChanged: changedAt, why: why, arithmetic: cpu.measured.map { [$0.arithmetic] } ?? [])
    }

    private var why: String {
        if let limit = cpu.limit, limit <= search.held ?? .max {
            return "the cores are the bottleneck: more at once would wait for a core"
        }
        return search.reason.explanation
    }
}

extension CPUConcurrency {
    var arithmetic: String {
        let use = "cpu: \(Figures.short(used)) of \(Figures.short(cores)) cores used, \(Figures.short(delayed)) "
        guard demand >= Self.demandToEnd else { return use + "waiting for a core: they are not the bottleneck" }
        let (cores, wait) = (Figures.short(cores), Figures.short(waitPerCPU))
        let least = Figures.short(self.cores.rounded(.up) + 1)
        let turns = self.cores * (1 + waitPerCPU) + 2 * (self.cores * waitPerCPU).squareRoot()
        return use
            + "waiting for a core; wait/cpu \(wait): \(cores) x (1 + \(wait)) + 2 x the root of \(cores) x \(wait)"
            + " = \(Figures.short(turns)), at least \(least): \(limit) at once"
    }
}

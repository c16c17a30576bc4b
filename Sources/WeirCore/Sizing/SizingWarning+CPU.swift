extension SizingWarning {
    /// A fixed number of workers far beyond what the cores can use: twice and more.
    ///
    /// Worked row: 64 workers fixed, 2 cores, w = 1: the bound is 6.
    package static func workersExceedCPU(app: String, workers: Int, cpu: CPUBound) -> SizingWarning? {
        guard workers >= cpu.workers * 2 else { return nil }
        return SizingWarning(
            .workersExceedCPU,
            "app '\(app)': max_workers \(workers), but \(Figures.short(cpu.cores)) cores are busy with"
                + " \(cpu.workers) (requests wait \(Figures.short(cpu.waitPerCPU)) times as long as they compute)."
                + " The others only take turns and memory: set max_workers to auto or about \(cpu.workers)")
    }

    /// Less than a core for more than eight workers: a quota is spent within the first part of each period, and then
    /// everything stands still until the next.
    ///
    /// Worked row: 0.25 cores, 16 workers: used up after 1.6 ms of each 100 ms when all compute on 16 cores.
    package static func littleCPUForWorkers(app: String, workers: Int, cores: Double) -> SizingWarning? {
        guard cores < 1, workers > 8 else { return nil }
        return SizingWarning(
            .littleCPUForWorkers,
            "app '\(app)': \(workers) workers share \(Figures.short(cores)) cores. When a few compute at once the quota"
                + " of a 100 ms period is gone after a few milliseconds, and all requests stand still for the rest."
                + " Give the container at least one core, or set max_workers to 8 or less")
    }
}

extension SizingWarning {
    /// A fixed number of workers needs more memory than there is.
    ///
    ///     n * p + S + W > L
    ///
    /// Worked row: n = 30, p = 24 MiB, S = 40, W = 30: 790 MiB of 512 MiB.
    package static func workersExceedMemory(app: String, workers: Int, memory: MemoryBound) -> SizingWarning? {
        let need = Bytes(memory.perWorker.count * workers) + memory.shared + memory.server
        guard need > memory.limit else { return nil }
        return SizingWarning(
            .workersExceedMemory,
            "app '\(app)': max_workers \(workers) x \(memory.perWorker.inMebibytes) + \(memory.shared.inMebibytes) shared"
                + " + \(memory.server.inMebibytes) server = \(need.inMebibytes), but the limit is"
                + " \(memory.limit.inMebibytes): the kernel will kill workers under load. Set max_workers to auto or at"
                + " most \(max(1, memory.workers)), or give the container more memory")
    }

    /// PHP lets every script take so much that not all workers can have it at once.
    ///
    ///     n * memory_limit + S + W > L
    ///
    /// Nothing need be wrong as long as scripts stay far below their limit; it is a warning because one that does not
    /// should end with PHP's error, not with the container.
    ///
    /// Worked row: n = 8, memory_limit = 128 MiB, S = 40, W = 30: 1094 MiB of 512 MiB; 55.2 MiB would fit.
    ///
    /// `phpLimit` nil: not known; negative: PHP's -1, no limit.
    package static func phpMemoryLimitExceedsMemory(
        app: String, workers: Int, phpLimit: Bytes?, memory: MemoryBound
    ) -> SizingWarning? {
        guard let phpLimit else { return nil }
        let fits = max(0, memory.limit - memory.shared - memory.server).count / max(1, workers)
        guard phpLimit.count >= 0 else {
            return SizingWarning(
                .phpMemoryLimitExceedsMemory,
                "app '\(app)': PHP's memory_limit is -1, so one script can take the container's whole"
                    + " \(memory.limit.inMebibytes). Set php.ini.memory_limit; \(Bytes(fits).inMebibytes) is what all"
                    + " \(workers) workers can have at once")
        }
        let need = Bytes(phpLimit.count * workers) + memory.shared + memory.server
        guard need > memory.limit else { return nil }
        return SizingWarning(
            .phpMemoryLimitExceedsMemory,
            "app '\(app)': memory_limit \(phpLimit.inMebibytes) x \(workers) workers + \(memory.shared.inMebibytes)"
                + " shared + \(memory.server.inMebibytes) server = \(need.inMebibytes), but the container has"
                + " \(memory.limit.inMebibytes). At most \(Bytes(fits).inMebibytes) each would always fit: lower"
                + " php.ini.memory_limit, or set pool.max_memory so that a worker that has grown is replaced")
    }
}

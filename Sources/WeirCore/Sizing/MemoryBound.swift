/// How many workers fit into memory.
///
///     B = s * (L - R - W - X - P) - 2 * S        m = floor(B / p)        workers = floor(10 * m / 11)
///
///     L  limit of the container's memory           R  reserve: max(32 MiB, r * L), r = 0.1 unless configured
///     W  the server's own                          X  other processes in the container, and the kernel's for it
///     P  what the programs beside the apps use, or may: ``ProgramMemory``
///     s  this app's share of what is left, by weight, 0...1
///     S  what the pool's processes share, once: the runtime's pages, OPcache
///     p  what one worker has for itself: ``WorkerMemoryEstimate``
///
/// Room for a reload is part of it. The new generation has shared pages of its own, hence 2 * S; and of the m workers
/// that fit, a tenth (one at least) is kept for the new generation's first: n + ``overlap(of:)`` <= m is what
/// floor(10 * m / 11) solves. A reload therefore replaces so many at a time.
///
/// Assumptions: all workers are as large as the 95th percentile at the same time, as they are some time after a reload
/// that started them together. There is no swap. The reserve takes what is not measured: the page cache of files in
/// use, kernel memory, a worker that grows between two measurements.
///
/// Source: (memory - reserve) / memory of a process is the rule for php-fpm's `pm.max_children`, with 2 GB of 32 GB
/// reserved; a container has no swap and is smaller, so a tenth is reserved here (`resources.reserve`).
///
/// Worked row: L = 512 MiB, R = 51.2, W = 30, X = 10, P = 0, s = 1, S = 40, p = 22 MiB: B = 420.8 - 80 = 340.8 MiB; m = 15;
/// workers = 13, and a reload may have 2 more.
package struct MemoryBound: Hashable, Sendable {
    package static let leastReserve = Bytes.mebibytes(32)
    package static let usualReserve = 0.1

    package var limit: Bytes
    package var reserveShare: Double
    package var server: Bytes
    package var others: Bytes
    package var programs: Bytes
    package var share: Double
    package var shared: Bytes
    package var perWorker: Bytes

    package init(
        limit: Bytes, reserveShare: Double = usualReserve, server: Bytes, others: Bytes, programs: Bytes = 0,
        share: Double = 1, shared: Bytes, perWorker: Bytes
    ) {
        self.limit = limit
        self.reserveShare = reserveShare
        self.server = server
        self.others = others
        self.programs = programs
        self.share = share
        self.shared = shared
        self.perWorker = perWorker
    }

    package var reserve: Bytes { max(Self.leastReserve, limit * min(max(0, reserveShare), 1)) }
    /// For this app's workers and what they share, one generation and a reload's part of the next.
    package var budget: Bytes { max(0, limit - reserve - server - others - programs) * share }
    package var forWorkers: Bytes { max(0, budget - shared * 2) }

    /// Workers of all generations together.
    package var fitting: Int { forWorkers.count / max(1, perWorker.count) }

    /// 0 when not even one fits.
    package var workers: Int { 10 * fitting / 11 }

    /// How many workers of a new generation may run besides `workers` of the old one.
    package static func overlap(of workers: Int) -> Int { max(1, (workers + 9) / 10) }

    /// What the container would need with so many workers at their full size, and no reload.
    func need(workers: Int) -> Bytes {
        server + others + programs + shared + Bytes(perWorker.count * workers)
    }

    func arithmetic(_ basis: String) -> String {
        let taken = programs > 0 ? " - \(programs.inMebibytes) processes" : ""
        let whole = share < 1 ? "\(Figures.short(share * 100)) % of " : ""
        return
            "memory: \(whole)(\(limit.inMebibytes) limit - \(reserve.inMebibytes) reserve - \(server.inMebibytes) server"
            + " - \(others.inMebibytes) others\(taken)) - 2 x \(shared.inMebibytes) shared = \(forWorkers.inMebibytes);"
            + " / \(perWorker.inMebibytes) a worker (\(basis)), a tenth kept for reloads: "
            + Figures.workers(workers)
    }
}

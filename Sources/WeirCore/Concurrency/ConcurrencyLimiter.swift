/// How many requests of an app may run at once: when more concurrency stops giving throughput, stop giving concurrency.
/// Performs no I/O: it is told what happened, about ten times a second, and says the limit.
///
///     limit = min(cpu, search)        no limit where that is as many as there are workers
///
///     cpu     what keeps the cores busy, from the workers' CPU time and run delay: ``CPUConcurrency``, ``CPULimiter``
///     search  what trials have shown to give the most throughput: ``ConcurrencySearch``
///
/// The first is arithmetic and needs seconds; it knows one bottleneck, the cores. The second needs trials and knows none
/// in particular: it finds the database that becomes slower the more is asked of it.
///
/// Only while requests wait, and neither goes below ceil(cores) + 1.
package struct ConcurrencyLimiter: Sendable {
    /// What happened since the last call.
    package struct Sample: Sendable {
        package var now: Instant
        /// Ever.
        package var completed: Int
        package var running: Int
        package var queued: Int
        package var live: Int
        package var cores: Double
        /// About once a second, when it was measured: over the time since it was before.
        package var cpu: CPUReading?

        package init(
            now: Instant, completed: Int, running: Int, queued: Int, live: Int, cores: Double, cpu: CPUReading? = nil
        ) {
            self.now = now
            self.completed = completed
            self.running = running
            self.queued = queued
            self.live = live
            self.cores = cores
            self.cpu = cpu
        }
    }

    /// What the workers together did with the CPU.
    package struct CPUReading: Hashable, Sendable {
        /// CPU seconds a second.
        package var used: Double
        /// Seconds a second that they waited for a core; nil: the kernel does not say.
        package var delayed: Double?

        package init(used: Double, delayed: Double?) {
            self.used = used
            self.delayed = delayed
        }
    }

    /// Between two calls. Beyond, the clock jumped or nobody called: what was being measured is dropped.
    package static let longestGap = 1.0

    package private(set) var limit: Int?
    package private(set) var changedAt: Instant?
    private(set) var cpu = CPULimiter()
    private(set) var search = ConcurrencySearch()
    private(set) var last: Sample?
    private var quiet = 0.0
    /// Since the last reading of the CPU.
    private var spell = (seconds: 0.0, running: 0.0, saturated: 0.0)
    private(set) var found: Int?

    package init() {}

    package mutating func update(_ sample: Sample) -> Int? {
        defer { last = sample }
        guard let last else { return limit }
        let seconds = (sample.now - last.now).seconds
        guard seconds > 0, seconds <= Self.longestGap, sample.completed >= last.completed else {
            search.interrupt()
            spell = (0, 0, 0)
            return limit
        }
        quiet = sample.queued > 0 ? 0 : quiet + seconds
        if quiet >= ConcurrencySearch.memory { cpu.forget() }
        watchCPU(sample, seconds)
        let most = min(sample.live, cpu.limit ?? .max)
        search.tick(
            ConcurrencySearch.Tick(
                seconds: seconds, completions: sample.completed - last.completed, running: sample.running,
                queued: sample.queued, most: most, floor: cpu.limit ?? Self.floor(cores: sample.cores)))
        decide(sample)
        return limit
    }

    package static func floor(cores: Double) -> Int { Int(min(max(0, cores), 1e6).rounded(.up)) + 1 }

    private mutating func watchCPU(_ sample: Sample, _ seconds: Double) {
        spell.seconds += seconds
        spell.running += seconds * Double(sample.running)
        if sample.queued > 0 { spell.saturated += seconds }
        guard let reading = sample.cpu else { return }
        defer { spell = (0, 0, 0) }
        guard spell.saturated > spell.seconds / 2 else { return }
        cpu.observe(
            seconds: spell.seconds, cores: sample.cores, used: reading.used, delayed: reading.delayed,
            running: spell.running / spell.seconds, live: sample.live)
    }

    private mutating func decide(_ sample: Sample) {
        let most = min(cpu.limit ?? sample.live, sample.live)
        limit = Self.below(sample.live, search.limit.map { min($0, most) } ?? most)
        let now = Self.below(sample.live, search.held.map { min($0, most) } ?? most)
        if now != found { changedAt = sample.now }
        found = now
    }

    /// A limit of all workers is none: workers may come.
    private static func below(_ live: Int, _ limit: Int) -> Int? { limit < live ? max(1, limit) : nil }
}

import WeirCore

/// Cores that processes share evenly: with n that compute, each gets min(1, C / n) of a core. A process of its own clock
/// that runs so fast is done when that clock has advanced by what it has to compute.
struct SharedCores {
    let cores: Double
    /// Seconds of CPU time that a process has had which computed from the start.
    private var clock = 0.0
    private var updated = Instant.zero
    private var tasks: [(process: Int, until: Double)] = []

    init(cores: Double) { self.cores = cores }

    private var rate: Double { min(1, cores / Double(max(1, tasks.count))) }

    mutating func begin(_ process: Int, seconds: Double, now: Instant) {
        advance(to: now)
        tasks.append((process, clock + seconds))
        lookAhead()
    }

    mutating func remove(_ process: Int, now: Instant) {
        advance(to: now)
        tasks.removeAll { $0.process == process }
        lookAhead()
    }

    /// When the next process is done, if none comes and none leaves.
    private(set) var next: Instant?

    /// The process that is done by now.
    mutating func takeDone(now: Instant) -> Int? {
        advance(to: now)
        guard let index = first else { return nil }
        defer { lookAhead() }
        return tasks.remove(at: index).process
    }

    private var first: Int? { tasks.indices.min { tasks[$0].until < tasks[$1].until } }

    private mutating func lookAhead() {
        next = first.map { updated + Nanoseconds(max(0, Int((tasks[$0].until - clock) / rate * 1e9)) + 1) }
    }

    private mutating func advance(to now: Instant) {
        clock += (now - updated).seconds * rate
        updated = now
    }
}

import Foundation
import WeirCore

/// An app under load, event by event. A request computes, waits for a database, and computes again. Those that compute
/// share the cores; those in the database share it too, and it works the slower the more there are.
struct LoadSimulation {
    /// What the app's requests need, and of whom.
    struct App {
        var cores = 2.0
        /// CPU seconds of a request.
        var cpu = 0.0
        /// Seconds that a request is elsewhere, however many are.
        var wait = 0.0
        /// Seconds of a database alone.
        var database = 0.0
        /// The database with n requests is as fast as n / (1 + contention (n - 1) + coherence n (n - 1)) of them alone.
        var contention = 0.0
        var coherence = 0.0
        /// What the cores lose for each that wants one and has none.
        var switching = 0.001
        /// The fixed limit that gives the most, of 32 workers.
        var best = 32

        static let computes = App(cpu: 0.01, best: 3)
        static let sleeps = App(cpu: 0.000_2, wait: 0.02)
        static let mixed = App(cpu: 0.008, wait: 0.032, best: 16)
        static let overloadsItsDatabase = App(cpu: 0.000_5, database: 0.03, coherence: 0.01, best: 10)
        /// As many as 6 bring all there is, and more bring no more.
        static let fillsItsDatabase = App(cpu: 0.000_5, wait: 0.02, database: 0.005, contention: 1)
    }

    enum Work: CaseIterable {
        case regular, exponential, heavyTailed

        func draw(_ mean: Double, _ generator: inout SeededGenerator) -> Double {
            guard mean > 0 else { return 0 }
            switch self {
            case .regular: return mean * (0.95 + 0.1 * generator.fraction())
            case .exponential: return -mean * log(1 - generator.fraction())
            // A tenth of the requests do more than half of the work: the square of the variation is 5.5.
            case .heavyTailed:
                let isLarge = generator.fraction() < 0.1
                return -mean * (isLarge ? 5.5 : 0.5) * log(1 - generator.fraction())
            }
        }
    }

    /// Requests that share something, each getting as much as any other.
    private struct Station {
        var jobs: [(end: Double, cpuAfter: Double)] = []
        /// What each that was here from the beginning has got.
        var done = 0.0

        mutating func add(_ work: Double, cpuAfter: Double) {
            let end = done + work
            var low = 0
            var high = jobs.count
            while low < high {
                let middle = (low + high) / 2
                if jobs[middle].end > end { low = middle + 1 } else { high = middle }
            }
            jobs.insert((end, cpuAfter), at: low)
        }

        func next(_ speed: Double) -> Double {
            guard let job = jobs.last, speed > 0 else { return .infinity }
            return max(0, job.end - done) / speed
        }
    }

    var app: App
    var work: Work
    var live: Int
    /// Requests a second that arrive; nil: there are always more.
    var arrivals: Double?
    var saysRunDelay = true
    /// Seconds that the clock jumps, once.
    var jump = 0.0
    private var generator: SeededGenerator
    private(set) var limits: [Int] = []
    private(set) var completions: [Int] = []
    private var limit: Int?
    private var cpu = Station()
    private var waiting = Station()
    private var database = Station()
    private var queued = 0
    private var now = 0.0
    private var clock = 1_000.0
    private var nextArrival = 0.0
    private var completed = 0
    private var spell = (seconds: 0.0, used: 0.0, delayed: 0.0)

    init(_ app: App, _ work: Work, live: Int, seed: Int) {
        self.app = app
        self.work = work
        self.live = live
        generator = SeededGenerator(seed: UInt64(seed))
    }

    private var running: Int { cpu.jobs.count + waiting.jobs.count + database.jobs.count }

    /// `decide` is asked ten times a second, and told of the CPU once.
    mutating func run(seconds: Int, _ decide: (ConcurrencyLimiter.Sample) -> Int?) {
        for _ in 0..<(seconds * 10) { limit = decide(tick()) }
    }

    private mutating func tick() -> ConcurrencyLimiter.Sample {
        let end = now + 0.1
        let before = completed
        while now < end { step(until: end) }
        clock += 0.1 + jump
        jump = 0
        limits.append(limit ?? live)
        completions.append(completed - before)
        var reading: ConcurrencyLimiter.CPUReading?
        if spell.seconds > 0.95 {
            reading = ConcurrencyLimiter.CPUReading(
                used: spell.used / spell.seconds, delayed: saysRunDelay ? spell.delayed / spell.seconds : nil)
            spell = (0, 0, 0)
        }
        return ConcurrencyLimiter.Sample(
            now: Instant(nanoseconds: UInt64(clock * 1e9)), completed: completed, running: running,
            queued: arrivals == nil ? max(1, live) : queued, live: live, cores: app.cores, cpu: reading)
    }

    private mutating func step(until end: Double) {
        admit()
        let computing = Double(cpu.jobs.count)
        let lost = app.switching * max(0, computing - app.cores)
        let cpuSpeed = computing == 0 ? 0 : min(1, app.cores / computing) / (1 + lost)
        let inside = Double(database.jobs.count)
        let databaseSpeed = 1 / (1 + app.contention * max(0, inside - 1) + app.coherence * inside * max(0, inside - 1))
        let span = min(
            cpu.next(cpuSpeed), waiting.next(1), database.next(databaseSpeed), max(0, nextArrival - now), end - now)
        cpu.done += span * cpuSpeed
        waiting.done += span
        database.done += span * databaseSpeed
        spell.seconds += span
        spell.used += span * min(computing, app.cores)
        spell.delayed += span * max(0, computing - app.cores)
        now += span
        finish()
    }

    private mutating func finish() {
        let tolerance = 1e-9
        while let job = cpu.jobs.last, job.end <= cpu.done + tolerance {
            cpu.jobs.removeLast()
            if job.cpuAfter < 0 {
                completed += 1
            } else {
                waiting.add(work.draw(app.wait, &generator), cpuAfter: job.cpuAfter)
            }
        }
        while let job = waiting.jobs.last, job.end <= waiting.done + tolerance {
            waiting.jobs.removeLast()
            database.add(work.draw(app.database, &generator), cpuAfter: job.cpuAfter)
        }
        while let job = database.jobs.last, job.end <= database.done + tolerance {
            database.jobs.removeLast()
            cpu.add(job.cpuAfter, cpuAfter: -1)
        }
    }

    private mutating func admit() {
        if let arrivals {
            while nextArrival <= now {
                queued += 1
                nextArrival += -log(1 - generator.fraction()) / arrivals
            }
        } else {
            nextArrival = .infinity
        }
        while running < min(limit ?? live, live), arrivals == nil || queued > 0 {
            if arrivals != nil { queued -= 1 }
            let half = work.draw(app.cpu, &generator) / 2
            cpu.add(half, cpuAfter: half)
        }
    }

    // MARK: What came of it, over the last seconds

    func perSecond(last seconds: Int) -> Double {
        Double(completions.suffix(seconds * 10).reduce(0, +)) / Double(seconds)
    }

    func medianLimit(last seconds: Int) -> Int { limits.suffix(seconds * 10).sorted()[seconds * 5] }

    /// For which share of the time the limit was further than a fifth, and more than one, from its median.
    func restlessness(last seconds: Int) -> Double {
        let median = Double(medianLimit(last: seconds))
        let far = limits.suffix(seconds * 10).count { abs(Double($0) - median) > max(0.21 * median, 1) }
        return Double(far) / Double(seconds * 10)
    }
}

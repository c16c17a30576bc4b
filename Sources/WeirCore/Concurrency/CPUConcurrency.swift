/// How many requests of an app may run at once so that the cores are busy, and few wait for one.
///
///     U  cores used          = cpu / t             W  waiting for something else = B - U - R
///     R  waiting for a core  = runDelay / t        w  wait / cpu = W / U
///     B  requests running    = running time / t    d  CPU demand = (U + R) / C
///
///     n = C * (1 + w) + 2 * sqrt(C * w)            limit = max(ceil(C) + 1, ceil(n))
///
///     t  time in which this was measured, s        C  cores the container may use, also a fraction
///
/// By Little's law each of U, R and W is the number of requests that are, at a time, on a core, waiting for one, or waiting
/// for a database. Those in R give no throughput: with as many fewer running, the cores are as busy. n is the number at
/// which R is small: ``CPUBound`` with twice the square root, so never less than it. Workers exist already here and cost
/// nothing more, so the cores are kept busy to 95 % even if CPU and waiting times are as irregular as exponential ones.
///
/// It holds if the cores are the bottleneck, d >= 0.85, and no longer if d < 0.7. As n does not depend on how many run, it
/// stays when it is in force: R becomes small, and w what it was. An app that waits has a large w and no limit.
///
/// Assumption: w does not depend on how many run. Where it does, as with a database that slows down, n is too large and
/// harmless, and it is for ``ConcurrencySearch`` to find less.
///
/// Sources: J. Little, "A proof for the queuing formula L = lambda W", 1961; those of ``CPUBound``.
///
/// Worked rows, measured over 10 s on C = 2 cores. A page that only computes, 16 running: cpu 20 s, runDelay 140 s, running
/// 160 s: U = 2, R = 14, W = 0, d = 8: limit 3. A page with 4 times as much waiting, 32 running: cpu 20 s, runDelay 220 s,
/// running 320 s: U = 2, R = 22, W = 8, w = 4, n = 10 + 5.66: limit 16. A page that sleeps, 32 running: cpu 1.6 s, runDelay
/// 0.4 s, running 320 s: d = 0.1: no limit.
package struct CPUConcurrency: Hashable, Sendable {
    package static let demandToBegin = 0.85
    package static let demandToEnd = 0.7

    package var cores: Double
    /// U.
    package var used: Double
    /// R.
    package var delayed: Double
    /// B.
    package var running: Double

    package init(cores: Double, used: Double, delayed: Double, running: Double) {
        self.cores = max(0, cores)
        self.used = max(0, used)
        self.delayed = max(0, delayed)
        self.running = running
    }

    /// d.
    package var demand: Double { cores > 0 ? (used + delayed) / cores : 0 }
    /// w; beyond any use where next to no CPU is used.
    package var waitPerCPU: Double { used > 1e-6 ? max(0, running - used - delayed) / used : 1e6 }
    /// n.
    package var wanted: Double {
        let waiting = min(cores * waitPerCPU, 1e6)
        return max(cores.rounded(.up) + 1, cores + waiting + 2 * waiting.squareRoot())
    }
    package var limit: Int { Int(wanted.rounded(.up)) }
}

/// The limit that follows from a second's readings of the workers, one after the other.
///
///     sums    those of each reading are added to 0.7 of the sums before: about the last three seconds count
///     begins  at the third reading in a row with d >= 0.85 and a limit below the number of workers
///     ends    at the third reading in a row with d < 0.7 or a limit that is no limit
///     moves   up if n is a quarter above it, a tenth of it if that is more; down if n is 1.5, or 15 %, below
package struct CPULimiter: Sendable {
    static let remembered = 0.7
    static let patience = 3

    package private(set) var limit: Int?
    package private(set) var measured: CPUConcurrency?
    private var time = 0.0
    private var used = 0.0
    private var delayed = 0.0
    private var running = 0.0
    private var inARow = 0

    package init() {}

    /// `used`, `delayed` and `running` are means over `seconds`; `delayed` is nil where the kernel does not say, and then
    /// nothing is concluded: waiting for a core cannot be told from waiting for anything else.
    package mutating func observe(
        seconds: Double, cores: Double, used: Double, delayed: Double?, running: Double, live: Int
    ) {
        guard let delayed, seconds > 0 else { return forget() }
        time = time * Self.remembered + seconds
        self.used = self.used * Self.remembered + used * seconds
        self.delayed = self.delayed * Self.remembered + delayed * seconds
        self.running = self.running * Self.remembered + running * seconds
        let now = CPUConcurrency(
            cores: cores, used: self.used / time, delayed: self.delayed / time, running: self.running / time)
        measured = now
        settle(now, live: live)
    }

    package mutating func forget() { self = CPULimiter() }

    private mutating func settle(_ now: CPUConcurrency, live: Int) {
        guard let limit else {
            inARow = now.demand >= CPUConcurrency.demandToBegin && now.limit < live ? inARow + 1 : 0
            if inARow >= Self.patience { move(to: now.limit) }
            return
        }
        if now.demand < CPUConcurrency.demandToEnd || now.limit >= live {
            inARow += 1
            if inARow >= Self.patience { move(to: nil) }
            return
        }
        inARow = 0
        let above = now.wanted - Double(limit)
        if above > max(0.25, 0.1 * Double(limit)) || above < -max(1.5, 0.15 * Double(limit)) { move(to: now.limit) }
    }

    private mutating func move(to limit: Int?) {
        self.limit = limit
        inARow = 0
    }
}

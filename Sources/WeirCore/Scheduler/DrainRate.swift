/// How fast a queue drains, from what its requests have cost so far.
///
///     S  mean service time, s         S += (s - S) / min(n, 32) at the n-th completion, which took s seconds
///     R  drain rate, requests/s       R = workers / S
///     W  expected wait, s             W = (ahead + 1) * S / workers
///     T  Retry-After, s               T = clamp(ceil(waiting * S / workers), 1, 60)
///
/// `workers` are those able to run the lane: the live ones, at most the lane's concurrency. `ahead` are those of the same
/// lane that already wait; with every worker busy the (ahead + 1)-th completion from now is the one that makes room.
///
/// The service time is measured, not the completions per second, because completions tell of the demand, not of the
/// capacity: an app that has just been idle completes nothing, yet drains as fast as ever. S is a property of the
/// application and keeps its meaning across idle periods. It is a plain mean over the first 32 completions and an
/// exponentially weighted one after, so that it follows a change of the application's speed within a few dozen requests.
///
/// Assumes: workers are interchangeable and nothing else takes them. Other lanes do, so W is a lower bound, and whom it
/// calls hopeless is. There is no W without evidence: fewer than 8 completions, the last longer ago than a minute, or
/// no worker alive (a pool may be starting).
///
/// Worked row: S = 0.2 s, 10 workers, 99 waiting: R = 50/s; W = 100 * 0.2 / 10 = 2 s; T = ceil(99 * 0.2 / 10) = 2 s.
///
/// Source: a queue of m servers completes m/S a second while it is not empty (utilisation law); the weight of 1/32 has
/// the memory of a mean over the last 63 samples, 2/w - 1.
package struct DrainRate: Sendable {
    package static let memory = 32
    package static let leastEvidence = 8
    package static let staleAfter = Nanoseconds.minutes(1)
    package static let retryAfterSeconds = 1...60

    private var mean = 0.0
    private var samples = 0
    private var lastSample = Instant.zero

    package init() {}

    /// nil before the first completion.
    package var meanServiceTime: Nanoseconds? { samples > 0 ? Nanoseconds(Int(mean)) : nil }

    package mutating func record(_ serviceTime: Nanoseconds, now: Instant) {
        samples = min(samples + 1, Self.memory)
        mean += (Double(serviceTime.count) - mean) / Double(samples)
        lastSample = now
    }

    /// What `workers` complete a second while none of them is idle; nil without a completion.
    package func perSecond(workers: Int) -> Double? {
        mean > 0 ? Double(workers) * 1e9 / mean : nil
    }

    /// How long a request waits that finds `ahead` in its queue and every worker busy; nil when there is no telling.
    package func expectedWait(ahead: Int, workers: Int, now: Instant) -> Nanoseconds? {
        guard samples >= Self.leastEvidence, now - lastSample <= Self.staleAfter, workers > 0 else { return nil }
        return Nanoseconds(Int(Double(ahead + 1) * mean / Double(workers)))
    }

    /// When to come back, with `waiting` in the queue. The least there is when nothing is known.
    package func retryAfter(waiting: Int, workers: Int) -> Int {
        guard workers > 0 else { return Self.retryAfterSeconds.lowerBound }
        let seconds = (Double(waiting) * mean / Double(workers) / 1e9).rounded(.up)
        let range = Self.retryAfterSeconds
        return Int(min(max(seconds, Double(range.lowerBound)), Double(range.upperBound)))
    }
}

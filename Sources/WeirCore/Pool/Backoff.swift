/// How long to wait before something that keeps failing to start is started again.
///
///     D = min(L, F * 2^(n-1)) * u        F = 0.1 s, L = 10 s, n failures in a row, u random in 1/2..<1
///
/// The random half keeps pools that failed together from trying together. Failures are in a row until what was started
/// has proved itself, or until none has happened for a minute.
///
/// Worked row: n = 5: D between 0.8 and 1.6 s; n = 8 and above: between 5 and 10 s.
///
/// Source: "equal jitter" in M. Brooker, "Exponential backoff and jitter", AWS Architecture Blog, 2015.
package struct Backoff: Sendable {
    package static let first = Nanoseconds.milliseconds(100)
    package static let longest = Nanoseconds.seconds(10)
    package static let forgottenAfter = Nanoseconds.minutes(1)

    package private(set) var failures = 0
    /// Not before this; nil: at any time.
    package private(set) var retryAt: Instant?
    private var lastFailure = Instant.zero

    package init() {}

    package mutating func failed(now: Instant, using generator: inout SeededGenerator) {
        if now - lastFailure > Self.forgottenAfter { failures = 0 }
        failures += 1
        lastFailure = now
        // Far enough for any exponent to have reached the longest delay.
        let doubled = Self.first.count << min(failures - 1, 16)
        let delay = Double(min(Self.longest.count, doubled)) * (0.5 + generator.fraction() / 2)
        retryAt = now + Nanoseconds(Int(delay))
    }

    /// The next attempt came through: others may follow, but whether it holds is not known yet.
    package mutating func cameThrough() { retryAt = nil }

    package mutating func proved() {
        failures = 0
        retryAt = nil
    }

    package func allows(now: Instant) -> Bool { retryAt.map { now >= $0 } ?? true }
}

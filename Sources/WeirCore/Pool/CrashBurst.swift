/// Notices when workers crash so often that what they were forked from is to blame: php-fpm's
/// `emergency_restart_threshold` and `emergency_restart_interval`.
///
///     burst from the crash at t_n with  t_n - t_(n-N+1) <= T     N: threshold, T: interval, t_i: time of crash i
///     until a crash for which that does not hold, or that comes more than T after the one before
///
/// A burst is reported once, by the crash it begins with, however long it goes on.
///
/// Worked row: N = 3, T = 60 s: crashes at 0, 50, 59, 61 and 200 s: the one at 59 s reports, the one at 61 s belongs to the
/// same burst, the one at 200 s is the first of none yet.
package struct CrashBurst: Sendable {
    private let threshold: Int
    private let interval: Nanoseconds
    private var times: [Instant] = []
    private var isReported = false

    package init(threshold: Int, interval: Nanoseconds) {
        self.threshold = threshold
        self.interval = interval
    }

    /// True if a burst begins with this one.
    package mutating func crashed(now: Instant) -> Bool {
        guard threshold > 0 else { return false }
        if let last = times.last, now - last > interval { isReported = false }
        if times.count == threshold { times.removeFirst() }
        times.append(now)
        let isBurst = times.count == threshold && now - times[0] <= interval
        defer { isReported = isBurst }
        return isBurst && !isReported
    }
}

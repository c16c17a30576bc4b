/// What to do about workers when the container runs out of memory, before the kernel kills somebody of its own choice:
/// the server, or the fork server with all that it knows.
///
///     u = U / L                          U: memory in use that the kernel cannot take back, L: the container's limit
///     u >= 0.90   replace the largest worker
///     u >= 0.95   kill the largest worker
///     u <  0.85   the memory has come back
///
/// One at a time: the next is chosen once the one before has exited, and not before a pause since it was chosen:
///
///     p = min(60 s, 1 s * 2^(n-1))       n: how many were chosen since the memory came back
///
/// The pause grows because memory that does not come back is not held by workers. None is chosen that has less than a
/// hundredth of L: its end would change nothing. A kill does not wait for a replacement, which may take as long as a
/// request; a replacement waits for both.
///
/// Worked row: L = 512 MiB: at 461 MiB the largest is replaced, if it has 5.12 MiB or more; should that not help, another
/// one after 1 s, 2 s, 4 s ...; at 487 MiB the largest is killed.
package struct MemoryPressure: Sendable {
    package static let replaceFrom = 0.90
    package static let killFrom = 0.95
    package static let backBelow = 0.85
    package static let worthwhile = 0.01
    package static let firstPause = Nanoseconds.seconds(1)
    package static let longestPause = Nanoseconds.minutes(1)

    package struct Candidate: Hashable, Sendable {
        package var pid: Int32
        package var own: Bytes
        /// It serves, is not to be replaced already, and its app leaves replacing to the pressure.
        package var mayBeReplaced: Bool
        package var mayBeKilled: Bool

        package init(pid: Int32, own: Bytes, mayBeReplaced: Bool, mayBeKilled: Bool) {
            self.pid = pid
            self.own = own
            self.mayBeReplaced = mayBeReplaced
            self.mayBeKilled = mayBeKilled
        }
    }

    package enum Choice: Hashable, Sendable {
        case nobody
        case replace(pid: Int32)
        case kill(pid: Int32)
    }

    /// Who was chosen last, and how often somebody was since the memory came back.
    private struct Turn {
        var pid: Int32 = 0
        var at = Instant.zero
        var count = 0

        func isOver(living: [Candidate], now: Instant) -> Bool {
            guard count > 0 else { return true }
            let pause = min(longestPause.count, firstPause.count << min(count - 1, 16))
            return now - at >= Nanoseconds(pause) && !living.contains { $0.pid == pid }
        }

        mutating func take(_ pid: Int32, now: Instant) {
            self.pid = pid
            at = now
            count += 1
        }
    }

    private var replaced = Turn()
    private var killed = Turn()

    package init() {}

    /// Whether the workers have to be looked at: their memory need not be known before.
    package static func isFelt(inUse: Bytes, limit: Bytes) -> Bool { share(inUse, limit) >= replaceFrom }

    /// `living`: all workers of all apps.
    package mutating func choose(inUse: Bytes, limit: Bytes, living: [Candidate], now: Instant) -> Choice {
        let share = Self.share(inUse, limit)
        if share < Self.backBelow {
            replaced.count = 0
            killed.count = 0
        }
        let large = living.filter { $0.own.count >= Int(Double(limit.count) * Self.worthwhile) }
        if share >= Self.killFrom, killed.isOver(living: living, now: now),
            let largest = large.filter(\.mayBeKilled).max(by: { $0.own < $1.own })
        {
            killed.take(largest.pid, now: now)
            replaced.take(largest.pid, now: now)
            return .kill(pid: largest.pid)
        }
        if share >= Self.replaceFrom, replaced.isOver(living: living, now: now),
            let largest = large.filter(\.mayBeReplaced).max(by: { $0.own < $1.own })
        {
            replaced.take(largest.pid, now: now)
            return .replace(pid: largest.pid)
        }
        return .nobody
    }

    private static func share(_ inUse: Bytes, _ limit: Bytes) -> Double {
        Double(inUse.count) / Double(max(1, limit.count))
    }
}

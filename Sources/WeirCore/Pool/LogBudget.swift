/// How many lines of one event are written: the first of a second, and of the rest only how many they were. For what may
/// happen with every request, each of which has its line in the access log all the same.
package struct LogBudget: Sendable {
    package enum Verdict: Equatable, Sendable {
        case write
        case suppress
        /// The first that is not written: ``close()`` is to be called then, to say how many they were.
        case suppressUntil(Instant)
    }

    package static let linesPerSecond = 10
    private static let span = Nanoseconds.seconds(1)

    private var began = Instant.zero
    private var written = 0
    private var suppressed = 0

    package init() {}

    package mutating func take(now: Instant) -> Verdict {
        if suppressed == 0, now - began >= Self.span {
            began = now
            written = 0
        }
        if written < Self.linesPerSecond {
            written += 1
            return .write
        }
        suppressed += 1
        return suppressed == 1 ? .suppressUntil(began + Self.span) : .suppress
    }

    /// The second is over: how many lines were not written in it.
    package mutating func close() -> Int {
        defer { self = LogBudget() }
        return suppressed
    }
}

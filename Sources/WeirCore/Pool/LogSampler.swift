/// How often something that may happen with every request is written to the log, such as a slow request with its stack:
/// at most once in an interval, and at most ten times in any minute, as it costs time and log space when there is little
/// of either.
package struct LogSampler: Sendable {
    package static let perMinute = 10

    private let interval: Nanoseconds
    private var taken: [Instant] = []

    package init(interval: Nanoseconds) { self.interval = interval }

    package func mayTake(now: Instant) -> Bool {
        guard let last = taken.last else { return true }
        return now - last >= interval && (taken.count < Self.perMinute || now - taken[0] >= .minutes(1))
    }

    package mutating func take(now: Instant) {
        if taken.count == Self.perMinute { taken.removeFirst() }
        taken.append(now)
    }
}

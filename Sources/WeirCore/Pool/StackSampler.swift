/// How often slow requests are asked for their stacks: at most once in an interval, and at most ten times in any minute,
/// as the answer costs the request time and the log space while the server is slow already.
package struct StackSampler: Sendable {
    package static let perMinute = 10

    private let interval: Nanoseconds
    private var asked: [Instant] = []

    package init(interval: Nanoseconds) { self.interval = interval }

    package func mayAsk(now: Instant) -> Bool {
        guard let last = asked.last else { return true }
        return now - last >= interval && (asked.count < Self.perMinute || now - asked[0] >= .minutes(1))
    }

    package mutating func ask(now: Instant) {
        if asked.count == Self.perMinute { asked.removeFirst() }
        asked.append(now)
    }
}

/// What one lane of an app allows: how many of its requests run at once, how many wait, for how long, and what it gets
/// of the workers when others wait too.
package struct LanePolicy: Hashable, Sendable {
    package enum Priority: Int, Comparable, Sendable, CaseIterable {
        case low, normal, high

        package static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
    }

    package static let weights = 1...1_000

    package var name: String
    /// nil: as many as there are workers.
    package var concurrency: Int?
    /// Longest queue; 0: never wait.
    package var limit: Int
    /// Counted from the request's arrival: what has not started by then is shed.
    package var timeout: Nanoseconds
    /// Its part of the workers' time, in proportion to the other lanes of the same priority. See ``LaneShare``.
    package var weight: Int
    /// A waiting request of a higher priority always goes first.
    package var priority: Priority
    /// Once the oldest request of the lane has waited longer than this, the newest is served first. nil: never.
    package var newestFirstAfter: Nanoseconds?

    package init(
        name: String, concurrency: Int? = nil, limit: Int, timeout: Nanoseconds, weight: Int = 1,
        priority: Priority = .normal, newestFirstAfter: Nanoseconds? = nil
    ) {
        precondition((concurrency ?? 1) >= 1, "a lane without concurrency would never run")
        precondition(limit >= 0 && timeout > .zero, "a lane's queue needs a limit and a deadline")
        precondition(Self.weights.contains(weight), "a lane's weight is out of range")
        precondition((newestFirstAfter ?? .zero) >= .zero, "a target delay is a span of time")
        self.name = name
        self.concurrency = concurrency
        self.limit = limit
        self.timeout = timeout
        self.weight = weight
        self.priority = priority
        self.newestFirstAfter = newestFirstAfter
    }
}

/// What one lane of an app allows: how many of its requests run at once, how many wait, and for how long.
package struct LanePolicy: Hashable, Sendable {
    package var name: String
    /// nil: as many as there are workers.
    package var concurrency: Int?
    /// Longest queue; 0: never wait.
    package var limit: Int
    /// Counted from the request's arrival: what has not started by then is shed.
    package var timeout: Nanoseconds

    package init(name: String, concurrency: Int? = nil, limit: Int, timeout: Nanoseconds) {
        precondition((concurrency ?? 1) >= 1, "a lane without concurrency would never run")
        precondition(limit >= 0 && timeout > .zero, "a lane's queue needs a limit and a deadline")
        self.name = name
        self.concurrency = concurrency
        self.limit = limit
        self.timeout = timeout
    }
}

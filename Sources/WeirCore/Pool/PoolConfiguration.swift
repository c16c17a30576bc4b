/// How many workers an app keeps, and when one is replaced or killed.
package struct PoolConfiguration: Hashable, Sendable {
    package enum Manager: Hashable, Sendable {
        case `static`(count: Int)
        /// Between `minSpare` and `maxSpare` idle workers, never more than `max` in all. `start` nil: php-fpm's default,
        /// minSpare + (maxSpare - minSpare) / 2.
        case dynamic(start: Int?, minSpare: Int, maxSpare: Int, max: Int)
    }

    package var manager: Manager
    /// Requests a worker serves before it is replaced; 0: no limit.
    package var maxRequests: Int
    /// Share of `maxRequests`, 0...1, by which workers' own limits are spread below it, so that workers started together are
    /// not replaced together.
    package var maxRequestsJitter: Double
    /// How long a worker, or the fork server, may take until it is ready.
    package var bootTimeout: Nanoseconds
    /// How long a worker may spend on one request; nil: for ever.
    package var requestTimeout: Nanoseconds?
    /// How long a worker that was told to leave may take to exit.
    package var drainTimeout: Nanoseconds

    package init(
        manager: Manager, maxRequests: Int = 0, maxRequestsJitter: Double = 0,
        bootTimeout: Nanoseconds = .seconds(60), requestTimeout: Nanoseconds? = nil,
        drainTimeout: Nanoseconds = .seconds(10)
    ) {
        precondition(maxRequests >= 0 && (0...1).contains(maxRequestsJitter), "impossible request limit")
        self.manager = Self.clamped(manager)
        self.maxRequests = maxRequests
        self.maxRequestsJitter = maxRequestsJitter
        self.bootTimeout = bootTimeout
        self.requestTimeout = requestTimeout
        self.drainTimeout = drainTimeout
    }

    /// Workers at most. A process more may live for a moment: see ``PoolStateMachine``.
    package var max: Int {
        switch manager {
        case .static(let count): count
        case .dynamic(_, _, _, let max): max
        }
    }

    package var start: Int {
        switch manager {
        case .static(let count): count
        case .dynamic(let start, let minSpare, let maxSpare, _): start ?? minSpare + (maxSpare - minSpare) / 2
        }
    }

    /// Draws a worker's own request limit: between `maxRequests * (1 - jitter)` and `maxRequests`.
    package func requestLimit(using generator: inout SeededGenerator) -> Int? {
        guard maxRequests > 0 else { return nil }
        let spread = Int(Double(maxRequests) * maxRequestsJitter)
        return Swift.max(1, maxRequests - generator.below(spread + 1))
    }

    /// The configuration's checks tell the operator about bounds that contradict each other; here they are only kept from
    /// doing harm: the maximum wins, then the minimum.
    private static func clamped(_ manager: Manager) -> Manager {
        switch manager {
        case .static(let count):
            precondition(count >= 1, "a pool without workers")
            return manager
        case .dynamic(let start, let minSpare, let maxSpare, let max):
            precondition(max >= 1, "a pool without workers")
            let least = Swift.min(Swift.max(minSpare, 1), max)
            let most = Swift.min(Swift.max(maxSpare, least), max)
            let first = start.map { Swift.min(Swift.max($0, 1), max) }
            return .dynamic(start: first, minSpare: least, maxSpare: most, max: max)
        }
    }
}

/// How many workers an app keeps, and when one is replaced or killed.
///
/// Numbers that contradict each other are the business of the configuration's checks, which tell the operator; here they
/// are only kept from doing harm: the maximum wins, then the minimum.
package struct PoolConfiguration: Hashable, Sendable {
    package enum Manager: Hashable, Sendable {
        case `static`(count: Int)
        /// Between `minSpare` and `maxSpare` idle workers, never more than `max` in all. `start` nil: php-fpm's default,
        /// minSpare + (maxSpare - minSpare) / 2.
        case dynamic(start: Int?, minSpare: Int, maxSpare: Int, max: Int)
        /// None until a request waits, one for each that does, and none again once they were idle for `idleTimeout`.
        case ondemand(idleTimeout: Nanoseconds, max: Int)
    }

    package var manager: Manager
    /// Requests that a worker may run at the same time. With more than one, it is whoever runs a request that ends it in
    /// time, and not the worker's kill: ``requestTimeout`` and ``slowAfter`` say nothing then. And a worker that is to go
    /// goes though it is busy, once its successor is up: it takes no more requests, and has ``drainTimeout`` for those it
    /// has. It would hardly ever be idle.
    package var requestsAtOnce: Int
    /// Requests a worker serves at most; 0: no limit.
    package var maxRequests: Int
    /// How old a worker becomes; nil: no limit.
    package var maxLifetime: Nanoseconds?
    /// Share of `maxRequests` and of `maxLifetime`, 0...1, by which workers' own limits are spread below them, so that
    /// workers started together are not replaced together.
    package var maxRequestsJitter: Double
    /// Share of the workers, 0...1, that may be replaced at a time. One always may.
    package var replaceShare: Double
    /// Processes beyond the maximum that may live for a moment, so that a successor starts before a worker leaves: where
    /// memory sets the maximum, this is what has to be kept free. At least one.
    package var spareProcesses: Int
    /// How long a worker, or the fork server, may take until it is ready.
    package var bootTimeout: Nanoseconds
    /// How long a worker may spend on one request; nil: for ever.
    package var requestTimeout: Nanoseconds?
    /// How long a worker that was told to leave may take to exit, with the requests it still has where it may have several.
    package var drainTimeout: Nanoseconds
    /// So many crashes within `emergencyInterval` ask for a new generation; 0: never.
    package var emergencyThreshold: Int
    package var emergencyInterval: Nanoseconds
    /// A request that takes longer is asked for its stack; nil: none is.
    package var slowAfter: Nanoseconds?
    /// At most one of them in so long.
    package var slowLogInterval: Nanoseconds

    package init(
        manager: Manager, requestsAtOnce: Int = 1, maxRequests: Int = 0, maxLifetime: Nanoseconds? = nil,
        maxRequestsJitter: Double = 0, replaceShare: Double = 0.25, spareProcesses: Int = 1,
        bootTimeout: Nanoseconds = .seconds(60),
        requestTimeout: Nanoseconds? = nil, drainTimeout: Nanoseconds = .seconds(10), emergencyThreshold: Int = 0,
        emergencyInterval: Nanoseconds = .seconds(60), slowAfter: Nanoseconds? = nil,
        slowLogInterval: Nanoseconds = .seconds(1)
    ) {
        precondition(maxRequests >= 0 && (0...1).contains(maxRequestsJitter), "impossible request limit")
        precondition((0...1).contains(replaceShare), "impossible share")
        precondition(requestsAtOnce >= 1, "a worker that runs nothing")
        self.manager = manager
        self.requestsAtOnce = requestsAtOnce
        self.maxRequests = maxRequests
        self.maxLifetime = maxLifetime
        self.maxRequestsJitter = maxRequestsJitter
        self.replaceShare = replaceShare
        self.spareProcesses = Swift.max(1, spareProcesses)
        self.bootTimeout = bootTimeout
        self.requestTimeout = requestTimeout
        self.drainTimeout = drainTimeout
        self.emergencyThreshold = emergencyThreshold
        self.emergencyInterval = emergencyInterval
        self.slowAfter = slowAfter
        self.slowLogInterval = slowLogInterval
        precondition(max >= 1, "a pool without workers")
    }

    /// Workers at most, until ``PoolStateMachine/setMaximum(_:now:)`` says otherwise. More processes may live for a moment:
    /// see ``PoolStateMachine``.
    package var max: Int {
        switch manager {
        case .static(let count): count
        case .dynamic(_, _, _, let max), .ondemand(_, let max): max
        }
    }

    var runsMany: Bool { requestsAtOnce > 1 }
    var mostTimeBusy: Nanoseconds? { runsMany ? nil : requestTimeout }

    package var start: Int {
        switch manager {
        case .static(let count): return count
        case .ondemand: return 0
        case .dynamic(let start, let minSpare, let maxSpare, let max):
            let spare = Self.spare(minSpare, maxSpare, maximum: max)
            return Swift.min(Swift.max(start ?? (spare.lowerBound + (spare.upperBound - spare.lowerBound) / 2), 1), max)
        }
    }

    /// How many idle workers a dynamic pool keeps while its maximum is this.
    package static func spare(_ minSpare: Int, _ maxSpare: Int, maximum: Int) -> ClosedRange<Int> {
        let least = Swift.min(Swift.max(minSpare, 1), maximum)
        return least...Swift.min(Swift.max(maxSpare, least), maximum)
    }

    /// Draws a worker's own request limit: between `maxRequests * (1 - jitter)` and `maxRequests`.
    package func requestLimit(using generator: inout SeededGenerator) -> Int? {
        guard maxRequests > 0 else { return nil }
        let spread = Int(Double(maxRequests) * maxRequestsJitter)
        return Swift.max(1, maxRequests - generator.below(spread + 1))
    }

    /// Draws a worker's own lifetime: between `maxLifetime * (1 - jitter)` and `maxLifetime`.
    package func lifetime(using generator: inout SeededGenerator) -> Nanoseconds? {
        guard let maxLifetime else { return nil }
        return Nanoseconds(Int(Double(maxLifetime.count) * (1 - maxRequestsJitter * generator.fraction())))
    }
}

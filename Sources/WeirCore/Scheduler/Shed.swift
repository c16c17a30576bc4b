/// A request that will not run: the answer is 503, with the hint when to try again.
package struct Shed: Hashable, Sendable {
    package enum Reason: String, Sendable, CaseIterable {
        /// The lane's queue has no place left.
        case queueFull = "queue_full"
        /// By the measured service time it could not start before its deadline: better told now than then.
        case hopeless
        /// Its deadline passed while it waited.
        case timeout
        /// The app has no worker and cannot start one.
        case unavailable
    }

    package var reason: Reason
    /// For the Retry-After header.
    package var retryAfterSeconds: Int

    package init(reason: Reason, retryAfterSeconds: Int) {
        self.reason = reason
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// How many requests were shed, by reason.
package struct ShedCounts: Hashable, Sendable {
    package var queueFull = 0
    package var hopeless = 0
    package var timeout = 0
    package var unavailable = 0

    package init() {}

    package var total: Int { queueFull + hopeless + timeout + unavailable }

    package subscript(reason: Shed.Reason) -> Int {
        get {
            switch reason {
            case .queueFull: queueFull
            case .hopeless: hopeless
            case .timeout: timeout
            case .unavailable: unavailable
            }
        }
        set {
            switch reason {
            case .queueFull: queueFull = newValue
            case .hopeless: hopeless = newValue
            case .timeout: timeout = newValue
            case .unavailable: unavailable = newValue
            }
        }
    }

    package static func + (a: ShedCounts, b: ShedCounts) -> ShedCounts {
        var sum = a
        for reason in Shed.Reason.allCases { sum[reason] += b[reason] }
        return sum
    }
}

/// Why a worker that works is replaced.
package enum RecycleReason: String, Hashable, Sendable, CaseIterable {
    case maxRequests = "max_requests"
    case maxMemory = "max_memory"
    case maxLifetime = "max_lifetime"
    /// Someone asked for it.
    case requested
    /// It said that it cannot go on after what happened in its request.
    case fatal
    /// It said that its script wants no other request.
    case scriptEnded = "script_ended"
    /// Its health checks fail.
    case unhealthy
}

/// How many workers were replaced, by reason.
package struct RecycleCounts: Hashable, Sendable {
    package var maxRequests = 0
    package var maxMemory = 0
    package var maxLifetime = 0
    package var requested = 0
    package var fatal = 0
    package var scriptEnded = 0
    package var unhealthy = 0

    package init() {}

    package var total: Int { maxRequests + maxMemory + maxLifetime + requested + fatal + scriptEnded + unhealthy }

    package subscript(reason: RecycleReason) -> Int {
        get {
            switch reason {
            case .maxRequests: maxRequests
            case .maxMemory: maxMemory
            case .maxLifetime: maxLifetime
            case .requested: requested
            case .fatal: fatal
            case .scriptEnded: scriptEnded
            case .unhealthy: unhealthy
            }
        }
        set {
            switch reason {
            case .maxRequests: maxRequests = newValue
            case .maxMemory: maxMemory = newValue
            case .maxLifetime: maxLifetime = newValue
            case .requested: requested = newValue
            case .fatal: fatal = newValue
            case .scriptEnded: scriptEnded = newValue
            case .unhealthy: unhealthy = newValue
            }
        }
    }
}

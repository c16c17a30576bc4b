/// Why a worker is killed.
package enum KillReason: String, Hashable, Sendable, CaseIterable {
    case bootTimeout = "boot_timeout"
    case requestTimeout = "request_timeout"
    case drainTimeout = "drain_timeout"
    case maxMemory = "max_memory_hard"
    /// The pool stops, at once: nobody waits for what is left.
    case stopping
    /// The pool stops, and all the time that it had for it is over.
    case stopTimeout = "stop_timeout"
}

/// How many workers were killed, by reason.
package struct KillCounts: Hashable, Sendable {
    package var bootTimeout = 0
    package var requestTimeout = 0
    package var drainTimeout = 0
    package var maxMemory = 0
    package var stopping = 0
    package var stopTimeout = 0

    package init() {}

    /// Because something was wrong with them.
    package var unwell: Int { bootTimeout + requestTimeout + drainTimeout + maxMemory + stopTimeout }

    package subscript(reason: KillReason) -> Int {
        get {
            switch reason {
            case .bootTimeout: bootTimeout
            case .requestTimeout: requestTimeout
            case .drainTimeout: drainTimeout
            case .maxMemory: maxMemory
            case .stopping: stopping
            case .stopTimeout: stopTimeout
            }
        }
        set {
            switch reason {
            case .bootTimeout: bootTimeout = newValue
            case .requestTimeout: requestTimeout = newValue
            case .drainTimeout: drainTimeout = newValue
            case .maxMemory: maxMemory = newValue
            case .stopping: stopping = newValue
            case .stopTimeout: stopTimeout = newValue
            }
        }
    }
}

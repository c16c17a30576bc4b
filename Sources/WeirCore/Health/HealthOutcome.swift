/// What a request to a target, or a probe of it, came to.
package enum HealthOutcome: Hashable, Sendable {
    /// A probe that was answered as it should be, or was not, or not in time.
    case probePassed
    case probeFailed
    /// A request that was answered, by this status.
    case answered(status: UInt16)
    /// No connection, or it ended before an answer.
    case connectionFailed
    /// A request that was given up because its answer took too long.
    case timedOut

    /// Whether it speaks against the target; nil: it says nothing about it, as a probe does not about requests.
    ///
    /// An application answers 500 for the one page that is broken, and whoever asks for that page five times would eject
    /// process after process that serves all others well: that is why nginx and HAProxy do not count statuses unless told
    /// to. 502, 503 and 504 are different: who answers them says that it cannot do its work, as a proxy does whose own
    /// upstream is gone. They are what Envoy counts as gateway failures. A timeout counts as a failed connection does: it
    /// is how a process looks that is stuck. Any other answer, also 404 or 500, shows one that works.
    var isFailure: Bool? {
        switch self {
        case .probePassed, .probeFailed: nil
        case .answered(let status): (502...504).contains(status)
        case .connectionFailed, .timedOut: true
        }
    }
}

/// One of the processes of a supervised program: what it does, and how it ended the last times.
package struct SupervisedInstance: Sendable {
    package enum State: Equatable, Sendable {
        /// To be started when its backoff allows.
        case waiting
        /// Being started: the answer comes at once.
        case starting
        case running(since: Instant)
        /// Has got its stop signal, and gets SIGKILL at the deadline.
        case stopping(since: Instant, deadline: Instant, isKilled: Bool)
        /// Its policy does not start it again.
        case ended(isSuccess: Bool)
        /// Told to go, and gone.
        case retired

        package var name: String {
            switch self {
            case .waiting, .starting: "waiting"
            case .running: "running"
            case .stopping: "stopping"
            case .ended(let isSuccess): isSuccess ? "ended" : "failed"
            case .retired: "stopped"
            }
        }
    }

    package struct Exit: Hashable, Sendable {
        package var at: Instant
        /// `exit code 1`, `signal 9 (Killed)`, or why it could not be started.
        package var what: String
        /// It ended because it was told to.
        package var isAsked: Bool
    }

    package internal(set) var state = State.waiting
    package internal(set) var pid: Int32?
    package internal(set) var restarts = 0
    package internal(set) var lastExit: Exit?
    /// As last measured, children included.
    package internal(set) var memory: Bytes?
    /// Why it is to be replaced, from when that is known until it has ended.
    package internal(set) var reason: StopReason?
    var backoff = Backoff()
    var hasStarted = false

    /// It runs, and not just in between two crashes.
    var isUp: Bool {
        switch state {
        case .running: backoff.failures == 0
        case .stopping: true
        case .ended(let isSuccess): isSuccess
        case .waiting, .starting, .retired: false
        }
    }

    /// When it is started again; nil: it runs, or does not come again.
    package var startsAt: Instant? { state == .waiting ? backoff.retryAt : nil }

    /// When the process that runs was started.
    package var since: Instant? {
        switch state {
        case .running(let since), .stopping(let since, _, _): since
        case .waiting, .starting, .ended, .retired: nil
        }
    }
}

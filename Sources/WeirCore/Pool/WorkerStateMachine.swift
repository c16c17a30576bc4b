/// One worker process, from the command to fork it until it is gone. Says what an event means for the worker;
/// ``PoolStateMachine`` says what it means for the pool.
package struct WorkerStateMachine: Sendable {
    package enum State: Hashable, Sendable {
        /// No process: the id is free.
        case gone
        /// The fork server was told, and has not answered.
        case forking(since: Instant)
        case booting(since: Instant)
        case ready(since: Instant)
        case busy(since: Instant)
        /// Idle and told to leave: takes no more requests and exits by itself.
        case draining(since: Instant)
        case killed(KillReason)
    }

    package enum KillReason: String, Hashable, Sendable, CaseIterable {
        case bootTimeout = "boot_timeout"
        case requestTimeout = "request_timeout"
        case drainTimeout = "drain_timeout"
        case stopping
    }

    package enum Exit: Hashable, Sendable {
        /// It was told to leave, or killed.
        case expected
        /// It took a request at least, and died unasked.
        case died
        /// It never came as far as a request.
        case bootFailed
    }

    package private(set) var state = State.gone
    package private(set) var pid: Int32?
    /// Requests it was given.
    package private(set) var requests = 0
    /// Requests after which it is replaced.
    package private(set) var limit: Int?
    /// To be replaced as soon as there is room for a successor.
    package private(set) var isDue = false
    /// How many boot failures the pool had seen when this one was started: only what was started after a failure says
    /// anything new about it.
    private(set) var wave = 0

    /// A process, or one about to be.
    package var isLive: Bool { state != .gone }

    /// As the status page calls it.
    package var stateName: String {
        switch state {
        case .gone: "gone"
        case .forking, .booting: "starting"
        case .ready: "idle"
        case .busy: "busy"
        case .draining: "leaving"
        case .killed: "killed"
        }
    }

    /// Told to leave, or killed.
    package var isLeaving: Bool {
        switch state {
        case .draining, .killed: true
        default: false
        }
    }

    /// Works or will, as far as is known.
    var isActive: Bool { isStarting || isServing }

    package var isStarting: Bool {
        switch state {
        case .forking, .booting: true
        default: false
        }
    }

    package var isServing: Bool { isReady || isBusy }
    var isReady: Bool { if case .ready = state { true } else { false } }
    package var isBusy: Bool { if case .busy = state { true } else { false } }
    var isForking: Bool { if case .forking = state { true } else { false } }
    var isAtLimit: Bool { limit.map { requests >= $0 } ?? false }

    mutating func fork(limit: Int?, wave: Int, now: Instant) {
        precondition(state == .gone, "forked onto a living worker")
        self = WorkerStateMachine()
        state = .forking(since: now)
        self.limit = limit
        self.wave = wave
    }

    /// A worker that was given up before it had a pid has to be killed now that it has one.
    mutating func forked(pid: Int32, now: Instant) -> KillReason? {
        switch state {
        case .forking:
            self.pid = pid
            state = .booting(since: now)
        case .killed(let reason):
            self.pid = pid
            return reason
        default: break
        }
        return nil
    }

    /// False: it is too late, or an old story.
    mutating func becameReady(now: Instant) -> Bool {
        guard isStarting else { return false }
        state = .ready(since: now)
        return true
    }

    mutating func started(now: Instant) {
        switch state {
        case .ready: break
        // The request was on its way when the worker was told to leave.
        case .draining: isDue = true
        default: return
        }
        state = .busy(since: now)
        requests += 1
    }

    /// False: it was not busy.
    mutating func finished(now: Instant) -> Bool {
        guard isBusy else { return false }
        state = .ready(since: now)
        return true
    }

    mutating func retire(now: Instant) { state = .draining(since: now) }

    mutating func setDue() { isDue = true }

    mutating func kill(_ reason: KillReason) { state = .killed(reason) }

    mutating func exited() -> Exit {
        defer {
            state = .gone
            pid = nil
        }
        switch state {
        case .forking, .booting: return .bootFailed
        case .ready, .busy: return requests > 0 ? .died : .bootFailed
        case .draining, .killed, .gone: return .expected
        }
    }

    /// Why the worker must be killed now, if it must.
    func overdue(_ configuration: PoolConfiguration, now: Instant) -> KillReason? {
        switch state {
        case .booting(let since) where now - since > configuration.bootTimeout: .bootTimeout
        case .busy(let since) where configuration.requestTimeout.map { now - since > $0 } ?? false: .requestTimeout
        case .draining(let since) where now - since > configuration.drainTimeout: .drainTimeout
        default: nil
        }
    }
}

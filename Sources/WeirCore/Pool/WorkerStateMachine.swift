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
        /// Has a request at least.
        case busy(since: Instant)
        /// Told to leave: takes no more requests and exits by itself. Idle, unless it may have several requests.
        case draining(since: Instant)
        case killed(KillReason)
    }

    /// What was made of the request at hand.
    private enum Slowness { case unnoticed, noticed, asked }

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
    /// Those of them that it has now.
    package private(set) var outstanding = 0
    /// Requests after which it is replaced.
    package private(set) var limit: Int?
    /// The age at which it is replaced.
    package private(set) var lifetime: Nanoseconds?
    /// Why it goes as soon as its successor is up, if it does.
    package private(set) var due: RecycleReason?
    private var born = Instant.zero
    /// It had been told to leave when it got its last request.
    private var wasRetired = false
    private var slowness = Slowness.unnoticed
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

    /// To leave as soon as it can be done without.
    package var isDue: Bool { due != nil || wasRetired }

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
    package var isKilled: Bool { if case .killed = state { true } else { false } }
    var isAtLimit: Bool { limit.map { requests >= $0 } ?? false }

    /// Since when it is busy: where it runs one request, since when it runs that.
    var busySince: Instant? { if case .busy(let since) = state { since } else { nil } }
    var idleSince: Instant? { if case .ready(let since) = state { since } else { nil } }

    mutating func fork(limit: Int?, lifetime: Nanoseconds?, wave: Int, now: Instant) {
        precondition(state == .gone, "forked onto a living worker")
        self = WorkerStateMachine()
        state = .forking(since: now)
        born = now
        self.limit = limit
        self.lifetime = lifetime
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

    /// `runsMany`: as ``PoolConfiguration/requestsAtOnce``.
    mutating func started(now: Instant, runsMany: Bool = false) {
        switch state {
        case .ready: state = .busy(since: now)
        case .busy where runsMany: break
        // The request was on its way when the worker was told to leave.
        case .draining:
            if runsMany { break }
            wasRetired = true
            state = .busy(since: now)
        default: return
        }
        requests += 1
        outstanding += 1
        slowness = .unnoticed
    }

    /// False: it was not busy.
    mutating func finished(now: Instant) -> Bool {
        guard outstanding > 0 else { return false }
        outstanding -= 1
        guard isBusy else { return false }
        if outstanding == 0 { state = .ready(since: now) }
        return true
    }

    /// Why it was to be replaced, the first time it is told to leave.
    mutating func retire(now: Instant) -> RecycleReason? {
        state = .draining(since: now)
        return wasRetired ? nil : due
    }

    /// The first reason counts.
    mutating func setDue(_ reason: RecycleReason) { due = due ?? reason }

    /// False: it had been killed before.
    mutating func kill(_ reason: KillReason) -> Bool {
        if isKilled { return false }
        state = .killed(reason)
        return true
    }

    mutating func exited() -> Exit {
        defer {
            state = .gone
            pid = nil
            outstanding = 0
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
        case .busy(let since) where configuration.mostTimeBusy.map { now - since > $0 } ?? false: .requestTimeout
        case .draining(let since) where now - since > configuration.drainTimeout: .drainTimeout
        default: nil
        }
    }

    func hasOutlived(now: Instant) -> Bool { lifetime.map { now - born >= $0 } ?? false }

    /// True once a request: when it has been found to take longer.
    mutating func noticeSlow(after limit: Nanoseconds, now: Instant) -> Bool {
        guard slowness == .unnoticed, let busySince, now - busySince > limit else { return false }
        slowness = .noticed
        return true
    }

    var isUnaskedSlow: Bool { isBusy && slowness == .noticed }

    mutating func askForStack() { slowness = .asked }

    /// Time passed in which it could not run.
    mutating func forgive(_ span: Nanoseconds, now: Instant) {
        func later(_ instant: Instant) -> Instant { min(instant + span, now) }
        born = later(born)
        switch state {
        case .forking(let since): state = .forking(since: later(since))
        case .booting(let since): state = .booting(since: later(since))
        case .ready(let since): state = .ready(since: later(since))
        case .busy(let since): state = .busy(since: later(since))
        case .draining(let since): state = .draining(since: later(since))
        case .gone, .killed: break
        }
    }
}

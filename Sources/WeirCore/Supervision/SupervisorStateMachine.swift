/// Decides when the instances of one supervised program start, stop and are killed. Performs no I/O: the caller carries
/// out each ``Action`` and says what came of it.
///
/// An instance is replaced by stopping it first: two of them at once may not be wanted, as with a program that must be
/// alone or a queue worker that holds a job. One instance of a program is replaced at a time.
package struct SupervisorStateMachine: Sendable {
    package enum Action: Hashable, Sendable {
        case start(Int)
        /// Its stop signal, to the process alone: it knows what its children should do.
        case stop(Int, StopReason)
        /// SIGKILL, to its whole process group.
        case kill(Int)
    }

    /// What becomes of an instance that has ended.
    package enum Next: Hashable, Sendable {
        case startsIn(Nanoseconds)
        case staysDown
    }

    package struct Tally: Hashable, Sendable {
        package var starts = 0
        package var restarts = 0
        /// Ended unasked and not with exit code 0, or did not start.
        package var failures = 0
        /// Did not end within `stop_timeout`.
        package var kills = 0
        package var replacedForMemory = 0
        package var replacedForAge = 0

        package init() {}
    }

    /// A run of this length was a good one: what ends after it is started again at once, and nothing it did before counts
    /// against it. It is the longest pause between two starts of what fails at once.
    package static let steadyAfter = Backoff.longest

    package let policy: SupervisionPolicy
    package private(set) var instances: [SupervisedInstance]
    package private(set) var tally: Tally
    package private(set) var isRetiring = false
    private var generator: SeededGenerator

    /// `tally`: of the definition before, whose counts go on.
    package init(_ policy: SupervisionPolicy, seed: UInt64, tally: Tally = Tally()) {
        self.policy = policy
        self.tally = tally
        instances = Array(repeating: SupervisedInstance(), count: policy.instances)
        generator = SeededGenerator(seed: seed)
    }

    /// One instance runs, or all have done their work.
    package var isUp: Bool { instances.contains(where: \.isUp) }

    /// No process is left.
    package var isRetired: Bool { isRetiring && instances.allSatisfy { $0.state == .retired } }

    // MARK: Time

    /// To be asked several times a second.
    package mutating func tick(now: Instant) -> [Action] {
        var actions: [Action] = []
        for index in instances.indices {
            switch instances[index].state {
            case .waiting where instances[index].backoff.allows(now: now):
                instances[index].state = .starting
                actions.append(.start(index))
            case .running(let since):
                if now - since >= Self.steadyAfter { instances[index].backoff.proved() }
                if let limit = policy.maxLifetime, now - since >= limit, instances[index].reason == nil {
                    instances[index].reason = .lifetime
                }
            case .stopping(let since, let deadline, false) where now >= deadline:
                instances[index].state = .stopping(since: since, deadline: deadline, isKilled: true)
                tally.kills += 1
                actions.append(.kill(index))
            default: break
            }
        }
        return actions + replaceOne(now: now)
    }

    private mutating func replaceOne(now: Instant) -> [Action] {
        guard !instances.contains(where: { if case .stopping = $0.state { true } else { false } }) else { return [] }
        for index in instances.indices {
            guard let reason = instances[index].reason, case .running = instances[index].state else { continue }
            switch reason {
            case .memory: tally.replacedForMemory += 1
            case .lifetime: tally.replacedForAge += 1
            case .asked, .retired: break
            }
            return [stop(index, reason, now: now)].compactMap { $0 }
        }
        return []
    }

    private mutating func stop(_ index: Int, _ reason: StopReason, now: Instant) -> Action? {
        guard case .running(let since) = instances[index].state else { return nil }
        instances[index].reason = reason
        instances[index].state = .stopping(since: since, deadline: now + policy.stopTimeout, isKilled: false)
        return .stop(index, reason)
    }

    // MARK: Asked from outside

    /// Each is stopped and started, one after the other; what has ended or waits is started at once. nil: all of them.
    package mutating func restart(_ chosen: Int?) {
        guard !isRetiring else { return }
        for index in instances.indices where chosen == nil || chosen == index {
            switch instances[index].state {
            case .running: instances[index].reason = .asked
            case .waiting, .ended:
                instances[index].backoff = Backoff()
                instances[index].state = .waiting
            case .starting, .stopping, .retired: break
            }
        }
    }

    /// Stops all at the same time, for good.
    package mutating func retire(now: Instant) -> [Action] {
        isRetiring = true
        return instances.indices.compactMap { index in
            switch instances[index].state {
            case .waiting, .ended: instances[index].state = .retired
            case .running: return stop(index, .retired, now: now)
            case .stopping: instances[index].reason = .retired
            case .starting, .retired: break
            }
            return nil
        }
    }

    // MARK: What came of it

    package mutating func started(_ index: Int, pid: Int32, now: Instant) {
        tally.starts += 1
        if instances[index].hasStarted {
            tally.restarts += 1
            instances[index].restarts += 1
        }
        instances[index].hasStarted = true
        instances[index].pid = pid
        instances[index].memory = nil
        instances[index].backoff.cameThrough()
        instances[index].state = .running(since: now)
    }

    package mutating func startFailed(_ index: Int, reason: String, now: Instant) -> Next {
        ended(index, what: reason, isSuccess: false, isEarly: true, now: now)
    }

    package mutating func exited(_ index: Int, what: String, isSuccess: Bool, now: Instant) -> Next {
        let since = instances[index].since ?? now
        return ended(index, what: what, isSuccess: isSuccess, isEarly: now - since < Self.steadyAfter, now: now)
    }

    private mutating func ended(_ index: Int, what: String, isSuccess: Bool, isEarly: Bool, now: Instant) -> Next {
        let reason = instances[index].reason
        var isAsked = false
        if case .stopping = instances[index].state { isAsked = true }
        instances[index].lastExit = SupervisedInstance.Exit(at: now, what: what, isAsked: isAsked)
        instances[index].pid = nil
        instances[index].memory = nil
        instances[index].reason = nil
        if !isAsked, !isSuccess { tally.failures += 1 }
        if isRetiring {
            instances[index].state = .retired
            return .staysDown
        }
        guard isAsked || policy.restart == .always || policy.restart == .onFailure && !isSuccess else {
            instances[index].state = .ended(isSuccess: isSuccess)
            return .staysDown
        }
        instances[index].state = .waiting
        if isEarly, reason != .asked || !isAsked {
            instances[index].backoff.failed(now: now, using: &generator)
        } else {
            instances[index].backoff.proved()
        }
        return .startsIn(instances[index].backoff.retryAt.map { $0 - now } ?? .zero)
    }

    package mutating func measured(_ index: Int, memory: Bytes) {
        guard case .running = instances[index].state else { return }
        instances[index].memory = memory
        guard let limit = policy.maxMemory, memory > limit, instances[index].reason == nil else { return }
        instances[index].reason = .memory(memory)
    }
}

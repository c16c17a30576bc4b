/// Decides which worker processes an app has. Performs no I/O: events go in, the caller carries out the ``Action``s in
/// their order. Ids are the lowest that are free.
///
/// Workers are forked by a fork server, which has to be started first; a runtime without one answers
/// ``Action/startForkServer`` with ``forkServerReady(now:)`` at once and spawns for itself.
///
/// **Bounds**
///
///     living processes       L <= M + S                 M: maximum, S: spareProcesses
///     working or starting    A <= T + max(1, ⌊R T⌋)     T: target, at most M; R: replaceShare
///
/// Nothing is spawned that would exceed either; a maximum that was lowered is exceeded until workers have left. The ones
/// more are successors: they start while the workers they replace still work, so that replacing one leaves no fewer than
/// the target at work, and a successor that does not boot costs nothing. Only who has served ``PoolConfiguration/maxRequests``
/// leaves without waiting for its successor: that is a promise. While a worker that was replaced finishes its last request,
/// more than M may work. A pool below its maximum replaces as many at a time as R says; one at its maximum has S processes
/// for it, and that is all the memory to be kept free.
///
/// Worked row: R = 1/4, M = 40: with S = 1 and T = 40, one at a time and 41 processes at most; with S = 10, ten and 50;
/// with S = 1 and T = 20, five and 25.
///
/// Workers that run many requests at once (``PoolConfiguration/requestsAtOnce``) are *idle* without a request and *busy* with
/// one or more. Nobody waits for them to be idle: who is due, or more than a lowered maximum allows, leaves with the requests
/// that it has. There ``PoolConfiguration/maxRequests`` is no promise but a reason to be replaced, as the others.
package struct PoolStateMachine: ~Copyable {
    package enum Action: Hashable, Sendable {
        case startForkServer
        /// Let it go: it has no workers left.
        case stopForkServer
        case killForkServer
        case spawn(WorkerID)
        /// Give it no more work and close its connection: it exits by itself.
        case retire(WorkerID)
        case kill(WorkerID, reason: KillReason)
        /// Its request is slow: find out what it does.
        case askForStack(WorkerID)
        /// Workers crash one after the other: build a pool anew beside this one, and stop this one when that works.
        case startNewGeneration(reason: String)
    }

    enum ForkServer: Hashable {
        case off
        case starting(since: Instant)
        /// `hasProved`: a worker has come up from it.
        case ready(hasProved: Bool)
        /// Killed, not gone yet.
        case killed
    }

    package let configuration: PoolConfiguration
    package internal(set) var workers: [WorkerStateMachine] = []
    /// What went wrong last, for the status page.
    package internal(set) var lastFailure: String?
    package internal(set) var isStopping = false
    /// Workers it may have at present. See ``setMaximum(_:now:)``.
    package internal(set) var maximum: Int

    var forkServer = ForkServer.off
    var serverStarts = Backoff()
    var boots = Backoff()
    /// Counts boot failures; see ``WorkerStateMachine/wave``.
    var wave = 0
    /// How many workers there ought to be. Whatever takes one away, it is filled up again.
    var target: Int
    var spawnBurst = 1
    var tooManyIdleSince: Instant?
    var isAtMax = false
    /// The maximum was lowered, and more than the target are left: whoever finishes a request may have to go.
    var isShrinking = false
    var tally = PoolTally()
    var failures = RecentFailures()
    var crashes: CrashBurst
    var sampler: LogSampler
    /// Or the start.
    var lastTick: Instant?
    private var generator: SeededGenerator

    package init(_ configuration: PoolConfiguration, seed: UInt64) {
        self.configuration = configuration
        maximum = configuration.max
        target = configuration.start
        crashes = CrashBurst(threshold: configuration.emergencyThreshold, interval: configuration.emergencyInterval)
        sampler = LogSampler(interval: configuration.slowLogInterval)
        generator = SeededGenerator(seed: seed)
        workers.reserveCapacity(configuration.max + configuration.spareProcesses)
    }

    package mutating func start(now: Instant) -> [Action] {
        precondition(forkServer == .off && !isStopping, "a pool starts once")
        forkServer = .starting(since: now)
        lastTick = lastTick ?? now
        return [.startForkServer]
    }

    /// Whether a request has any prospect of a worker. False once starting has failed and until a worker is up: the app then
    /// answers 503 at once rather than let requests wait. A first start, others of a start of which one failed, and an
    /// on-demand pool that has no worker because nobody wanted one, count as prospect.
    package var isAvailable: Bool {
        if isStopping { return false }
        if workers.contains(where: \.isServing) { return true }
        if workers.contains(where: { $0.isStarting && $0.wave < wave }) { return true }
        return !isFailing
    }

    // MARK: The fork server

    package mutating func forkServerReady(now: Instant) -> [Action] {
        guard case .starting = forkServer else { return [] }
        forkServer = .ready(hasProved: false)
        serverStarts.cameThrough()
        return isStopping ? stopForkServerIfAlone() : fill(now: now)
    }

    /// Living workers go on without it. What it was told to fork and did not answer is lost with it.
    package mutating func forkServerExited(reason: String, now: Instant) -> [Action] {
        let had = forkServer
        guard had != .off else { return [] }
        forkServer = .off
        for index in workers.indices where workers[index].pid == nil { _ = workers[index].exited() }
        if isStopping { return [] }
        if case .ready(hasProved: true) = had {
            lastFailure = "the fork server exited: \(reason)"
            return start(now: now)
        }
        let seconds = configuration.bootTimeout.seconds
        lastFailure = "the fork server \(had == .killed ? "was not ready within \(seconds) s" : "failed: \(reason)")"
        serverStarts.failed(now: now, using: &generator)
        return []
    }

    // MARK: Workers

    package mutating func workerForked(_ worker: WorkerID, pid: Int32, now: Instant) -> [Action] {
        tally.started += 1
        return workers[worker.index].forked(pid: pid, now: now).map { [.kill(worker, reason: $0)] } ?? []
    }

    package mutating func forkFailed(_ worker: WorkerID, reason: String, now: Instant) -> [Action] {
        guard workers[worker.index].isLive else { return [] }
        let exit = workers[worker.index].exited()
        if exit == .bootFailed {
            bootFailed(worker, "could not be forked: \(reason)", now: now)
            failures.add(WorkerFailure(worker: worker, pid: nil, at: now, what: "could not be forked: \(reason)"))
        }
        return afterExit(now: now)
    }

    package mutating func workerReady(_ worker: WorkerID, now: Instant) -> [Action] {
        guard workers[worker.index].becameReady(now: now) else { return [] }
        if case .ready = forkServer {
            forkServer = .ready(hasProved: true)
            serverStarts.proved()
        }
        if workers[worker.index].wave == wave { boots.cameThrough() }
        return fill(now: now)
    }

    /// `isCrash`: by a signal, or with an exit code other than 0. `lastWords`: the last lines of its standard error.
    package mutating func workerExited(
        _ worker: WorkerID, reason: String, isCrash: Bool = true, lastWords: [String] = [], now: Instant
    ) -> [Action] {
        noticeSlowRequest(worker.index, now: now)
        let leaving = workers[worker.index]
        guard leaving.isLive else { return [] }
        tally.exited += 1
        let exit = workers[worker.index].exited()
        remember(leaving, worker, exit, reason, lastWords, now: now)
        switch exit {
        case .expected: return afterExit(now: now)
        case .died:
            tally.died += 1
            // It had worked: whatever is wrong with starting others, this one is owed a successor at once.
            let actions = afterExit(now: now, atOnce: 1)
            guard isCrash else { return actions }
            return actions + crashed("worker \(worker.index) (pid \(leaving.pid ?? 0)): \(reason)", now: now)
        case .bootFailed:
            bootFailed(worker, "(pid \(leaving.pid ?? 0)) exited before its first request: \(reason)", now: now)
            return afterExit(now: now)
        }
    }

    package mutating func requestStarted(_ worker: WorkerID, now: Instant) {
        workers[worker.index].started(now: now, runsMany: configuration.runsMany)
    }

    /// Retires nobody but this worker.
    package mutating func requestFinished(_ worker: WorkerID, now: Instant) -> [Action] {
        noticeSlowRequest(worker.index, now: now)
        guard workers[worker.index].finished(now: now) else { return [] }
        if boots.failures > 0 && workers[worker.index].wave == wave { boots.proved() }
        if workers[worker.index].isAtLimit { workers[worker.index].setDue(.maxRequests) }
        if isStopping || hasServedAll(worker.index) { return replace(worker, now: now) }
        guard workers[worker.index].isDue || isShrinking && !configuration.runsMany else { return [] }
        return canSpare(worker.index) ? replace(worker, now: now) : fill(now: now)
    }

    // MARK: Spawning

    /// Starting has failed, and nothing started since has come up.
    var isFailing: Bool { boots.retryAt != nil || serverStarts.failures > 0 }

    var active: Int { workers.count(where: \.isActive) }
    var live: Int { workers.count(where: \.isLive) }

    /// Spawns up to what is wanted, and what is `atOnce` even while boots fail. After a failure a single worker is tried:
    /// the others follow when it is up.
    mutating func fill(now: Instant, atOnce: Int = 0) -> [Action] {
        guard !isStopping, case .ready = forkServer else { return [] }
        var missing = min(wanted - active, maximum + configuration.spareProcesses - live)
        if boots.retryAt != nil {
            let isTrying = workers.contains { $0.isStarting && $0.wave == wave }
            missing = min(missing, max(atOnce, boots.allows(now: now) && !isTrying ? 1 : 0))
        }
        guard missing > 0 else { return [] }
        return (0..<missing).map { _ in spawn(now: now) }
    }

    private mutating func spawn(now: Instant) -> Action {
        let index = workers.firstIndex { !$0.isLive } ?? workers.count
        if index == workers.count { workers.append(WorkerStateMachine()) }
        workers[index].fork(
            limit: configuration.requestLimit(using: &generator), lifetime: configuration.lifetime(using: &generator),
            wave: wave, now: now)
        return .spawn(WorkerID(index))
    }

    /// Workers started together fail together: that is one failure, not many.
    mutating func bootFailed(_ worker: WorkerID, _ story: String, now: Instant) {
        tally.bootFailures += 1
        lastFailure = "worker \(worker.index) \(story)"
        guard workers[worker.index].wave == wave else { return }
        wave += 1
        boots.failed(now: now, using: &generator)
    }

    private mutating func afterExit(now: Instant, atOnce: Int = 0) -> [Action] {
        isStopping ? stopForkServerIfAlone() : fill(now: now, atOnce: atOnce)
    }
}

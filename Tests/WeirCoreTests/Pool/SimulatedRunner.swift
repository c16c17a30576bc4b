import WeirCore

/// Carries out what a pool decides, on a virtual clock, with processes that fail in every way a process can, and people
/// who meddle. A ``PoolAccount`` finds fault with a pool that exceeds its bounds or speaks to the wrong worker.
struct SimulatedRunner: ~Copyable {
    /// Each once in so many times; 0: never.
    struct Faults {
        var forkFails = 0
        var bootFails = 0
        var bootHangs = 0
        var deathWhileIdle = 0
        var deathWhileBusy = 0
        var requestHangs = 0
        var ignoresRetirement = 0
        /// A request is handed to a worker just as it is told to leave.
        var crossesRetirement = 0
        var forkServerFails = 0
        /// A tick: the maximum changes, a worker is recycled, is found to be too large or says that it goes.
        var meddling = 0
        /// A tick: the machine is suspended for up to hours, or the clock goes back a little.
        var clockJumps = 0

        static let none = Faults()
        static let some = Faults(
            forkFails: 30, bootFails: 10, bootHangs: 30, deathWhileIdle: 200, deathWhileBusy: 40, requestHangs: 80,
            ignoresRetirement: 20, crossesRetirement: 10, forkServerFails: 400, meddling: 20, clockJumps: 40)
        static let many = Faults(
            forkFails: 3, bootFails: 2, bootHangs: 4, deathWhileIdle: 5, deathWhileBusy: 3, requestHangs: 5,
            ignoresRetirement: 3, crossesRetirement: 3, forkServerFails: 20, meddling: 5, clockJumps: 15)
    }

    private enum Event {
        case forkServerReady
        case forkServerExited
        case forked(WorkerID)
        case ready(WorkerID, pid: Int32)
        case finished(WorkerID, pid: Int32)
        case exited(WorkerID, pid: Int32)
    }

    var pool: PoolStateMachine
    var account = PoolAccount()
    var faults = Faults.none
    /// Fewer requests than this arrive in a tenth of a second.
    var load = 12
    private var generator: SeededGenerator
    private var now = Instant.zero + .minutes(60)
    private var events: [(at: Instant, event: Event)] = []
    private var nextPid: Int32 = 1
    private var serverIsUp = false
    private var isStopping = false
    /// Nobody wants anything for a while.
    private var isQuiet = false
    private var queued = 0

    init(_ configuration: PoolConfiguration, seed: UInt64) {
        pool = PoolStateMachine(configuration, seed: seed)
        generator = SeededGenerator(seed: seed &+ 1)
        perform(pool.start(now: now))
    }

    var fault: String? { account.fault }

    /// Living ones, the fork server among them.
    var processes: Int { account.processes.count + (serverIsUp ? 1 : 0) }

    mutating func run(for span: Nanoseconds) {
        for _ in 0..<(span.count / 100_000_000) where fault == nil {
            let tick = now + .milliseconds(100)
            deliverEvents(until: tick)
            now = tick
            if generator.oneIn(50) { isQuiet.toggle() }
            if load > 0 && !isQuiet && pool.isAvailable { queued = min(50, queued + generator.below(load)) }
            dispatch()
            if queued > 0 { perform(pool.demand(queued: queued, now: now)) }
            strike()
            if strikes(faults.meddling) { meddle() }
            let wasSuspended = strikes(faults.clockJumps) && jump()
            lookForSlow()
            let actions = pool.tick(queued: queued, now: now)
            if wasSuspended {
                let killsAnyone = actions.contains { $0.killed != nil || $0 == .killForkServer }
                account.check(!killsAnyone, "killed somebody for the time of a suspension")
            }
            perform(actions)
            if !pool.isAvailable { queued = 0 }
        }
    }

    mutating func beginStop() {
        load = 0
        queued = 0
        isStopping = true
        faults.meddling = 0
        perform(pool.beginStop(now: now))
    }

    private mutating func deliverEvents(until end: Instant) {
        while let next = events.indices.min(by: { events[$0].at < events[$1].at }), events[next].at <= end {
            let (time, event) = events.remove(at: next)
            now = max(now, time)
            deliver(event)
        }
    }

    private func lives(_ worker: WorkerID, _ pid: Int32) -> Bool { account.processes[worker.index]?.pid == pid }

    private mutating func deliver(_ event: Event) {
        switch event {
        case .forkServerReady where serverIsUp: perform(pool.forkServerReady(now: now))
        case .forkServerExited where serverIsUp:
            serverIsUp = false
            // What it had not forked yet is lost.
            events.removeAll { if case .forked = $0.event { true } else { false } }
            perform(pool.forkServerExited(reason: "simulated", now: now))
        case .forked(let worker): fork(worker)
        case .ready(let worker, let pid) where lives(worker, pid):
            perform(pool.workerReady(worker, now: now))
            dispatch()
        case .finished(let worker, let pid) where lives(worker, pid):
            account.lookForSlow(worker, pool.configuration, now: now)
            account.processes[worker.index]?.busySince = nil
            let actions = pool.requestFinished(worker, now: now)
            let status = pool.status
            let mayStay = status.idle + status.busy - status.target <= status.due
            account.check(mayStay || actions.contains(.retire(worker)), "stayed though there are too many")
            perform(actions)
            dispatch()
        case .exited(let worker, let pid) where lives(worker, pid): exit(worker)
        default: break
        }
    }

    private mutating func fork(_ worker: WorkerID) {
        if strikes(faults.forkFails) { return perform(pool.forkFailed(worker, reason: "simulated", now: now)) }
        account.check(account.processes[worker.index] == nil, "an id was used twice")
        let pid = nextPid
        nextPid += 1
        account.processes[worker.index] = PoolAccount.Process(pid: pid)
        if strikes(faults.bootFails) {
            after(200, .exited(worker, pid: pid))
        } else if !strikes(faults.bootHangs) {
            after(300, .ready(worker, pid: pid))
        }
        perform(pool.workerForked(worker, pid: pid, now: now))
    }

    private mutating func exit(_ worker: WorkerID) {
        account.lookForSlow(worker, pool.configuration, now: now)
        guard let process = account.processes.removeValue(forKey: worker.index) else { return }
        let isCrash = !generator.oneIn(5)
        let isUnasked = process.served > 0 && !process.isRetired && !process.isKilled
        let begins = isUnasked && isCrash && !isStopping && account.crashBeginsBurst(pool.configuration, now: now)
        let lastWords = (0..<generator.below(8)).map { _ in String(repeating: "é", count: generator.below(600)) }
        let actions = pool.workerExited(worker, reason: "simulated", isCrash: isCrash, lastWords: lastWords, now: now)
        let generations = actions.count { if case .startNewGeneration = $0 { true } else { false } }
        account.check(
            !account.isClockTrue || generations == (begins ? 1 : 0), "a burst of crashes missed or seen where none was")
        account.checkFailures(pool.status.recentFailures)
        perform(actions)
    }

    private mutating func perform(_ actions: [PoolAction]) {
        account.compare(pool, after: actions, isStopping: isStopping)
        for action in actions {
            switch action {
            case .startForkServer:
                account.check(!serverIsUp, "started a second fork server")
                serverIsUp = true
                if !strikes(faults.forkServerFails) {
                    after(100, .forkServerReady)
                } else {
                    after(50, .forkServerExited)
                }
            case .stopForkServer: after(5, .forkServerExited)
            case .killForkServer: after(1, .forkServerExited)
            case .spawn(let worker):
                account.check(serverIsUp, "asked a fork server that is not there")
                after(3, .forked(worker))
            case .retire(let worker): retire(worker)
            case .kill(let worker, let reason):
                account.killed(worker, reason)
                if let pid = account.processes[worker.index]?.pid { after(1, .exited(worker, pid: pid)) }
            case .askForStack(let worker): account.asked(worker, pool.configuration, now: now)
            case .startNewGeneration: break
            }
        }
        if !actions.isEmpty { account.compareCounts(pool.status) }
    }

    private mutating func retire(_ worker: WorkerID) {
        account.retired(worker)
        guard let pid = account.processes[worker.index]?.pid else { return }
        if strikes(faults.crossesRetirement) {
            account.processes[worker.index]?.isRetired = false
            start(worker, pid: pid)
        } else if !strikes(faults.ignoresRetirement) {
            after(20, .exited(worker, pid: pid))
        }
    }

    /// Idle workers take the requests that wait.
    private mutating func dispatch() {
        guard queued > 0 else { return }
        for (index, worker) in pool.workers.enumerated() where queued > 0 {
            guard case .ready = worker.state, let pid = account.processes[index]?.pid else { continue }
            queued -= 1
            start(WorkerID(index), pid: pid)
        }
    }

    private mutating func start(_ worker: WorkerID, pid: Int32) {
        account.started(worker, now: now)
        pool.requestStarted(worker, now: now)
        if strikes(faults.deathWhileBusy) {
            after(30, .exited(worker, pid: pid))
        } else if !strikes(faults.requestHangs) {
            after(generator.oneIn(20) ? 600 : 80, .finished(worker, pid: pid))
        }
    }

    private mutating func lookForSlow() {
        for index in account.processes.keys.sorted() {
            account.lookForSlow(WorkerID(index), pool.configuration, now: now)
        }
    }

    /// Idle workers and the fork server die for no reason of theirs.
    private mutating func strike() {
        for (index, process) in account.processes.sorted(by: { $0.key < $1.key }) where strikes(faults.deathWhileIdle) {
            after(1, .exited(WorkerID(index), pid: process.pid))
        }
        if serverIsUp && strikes(faults.forkServerFails) { after(1, .forkServerExited) }
    }

    private mutating func meddle() {
        let worker = WorkerID(generator.below(16))
        switch generator.below(4) {
        case 0: perform(pool.setMaximum(generator.below(16), now: now))
        case 1: perform(pool.killNow(worker, .maxMemory, now: now))
        case 2:
            account.processes[worker.index]?.goesByItself = true
            perform(pool.leaves(worker, .fatal, now: now))
            account.processes[worker.index]?.goesByItself = false
        default: pool.recycle(worker, reason: RecycleReason.allCases[generator.below(RecycleReason.allCases.count)])
        }
    }

    /// Whether everything stood still for long; what was about to happen happens as much later.
    private mutating func jump() -> Bool {
        let goesBack = generator.oneIn(3)
        if goesBack { account.isClockTrue = false }
        let span = goesBack ? generator.below(3_000) : 5_000 + generator.below(10_000_000)
        func moved(_ instant: Instant) -> Instant {
            goesBack
                ? Instant(nanoseconds: instant.nanoseconds - UInt64(span) * 1_000_000) : instant + .milliseconds(span)
        }
        now = moved(now)
        for index in events.indices { events[index].at = moved(events[index].at) }
        for index in account.processes.keys {
            let since = account.processes[index]?.busySince
            account.processes[index]?.busySince = since.map(moved)
        }
        return !goesBack
    }

    private mutating func strikes(_ odds: Int) -> Bool { odds > 0 && generator.oneIn(odds) }

    /// At a time around the given one.
    private mutating func after(_ milliseconds: Int, _ event: Event) {
        events.append((now + .microseconds(milliseconds * (500 + generator.below(1_000))), event))
    }
}

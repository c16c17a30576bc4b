import WeirCore

/// Carries out what a pool decides, on a virtual clock, with processes that fail in every way a process can. It keeps its
/// own account of them and finds fault with a pool that exceeds its bounds or speaks to the wrong worker.
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
        var forkServerFails = 0

        static let none = Faults()
        static let some = Faults(
            forkFails: 30, bootFails: 10, bootHangs: 30, deathWhileIdle: 200, deathWhileBusy: 40, requestHangs: 80,
            ignoresRetirement: 20, forkServerFails: 400)
        static let many = Faults(
            forkFails: 3, bootFails: 2, bootHangs: 4, deathWhileIdle: 5, deathWhileBusy: 3, requestHangs: 5,
            ignoresRetirement: 3, forkServerFails: 20)
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
    var faults = Faults.none
    /// Fewer requests than this arrive in a tenth of a second.
    var load = 12
    private(set) var fault: String?
    private var generator: SeededGenerator
    private var now = Instant.zero
    private var events: [(at: Instant, event: Event)] = []
    private var pids: [Int: Int32] = [:]
    private var retired: Set<Int32> = []
    private var nextPid: Int32 = 1
    private var serverIsUp = false
    private var queued = 0

    init(_ configuration: PoolConfiguration, seed: UInt64) {
        pool = PoolStateMachine(configuration, seed: seed)
        generator = SeededGenerator(seed: seed &+ 1)
        perform(pool.start(now: now))
    }

    /// Living ones, the fork server among them.
    var processes: Int { pids.count + (serverIsUp ? 1 : 0) }

    mutating func run(for span: Nanoseconds) {
        let end = now + span
        while now < end && fault == nil {
            let tick = now + .milliseconds(100)
            deliverEvents(until: tick)
            now = tick
            if load > 0 { queued = min(50, queued + generator.below(load)) }
            dispatch()
            strike()
            perform(pool.tick(queued: queued, now: now))
        }
    }

    mutating func beginStop() {
        load = 0
        queued = 0
        perform(pool.beginStop(now: now))
    }

    private mutating func deliverEvents(until end: Instant) {
        while let next = events.indices.min(by: { events[$0].at < events[$1].at }), events[next].at <= end {
            let (time, event) = events.remove(at: next)
            now = max(now, time)
            deliver(event)
        }
    }

    private mutating func deliver(_ event: Event) {
        switch event {
        case .forkServerReady where serverIsUp: perform(pool.forkServerReady(now: now))
        case .forkServerExited where serverIsUp:
            serverIsUp = false
            // What it had not forked yet is lost.
            events.removeAll { if case .forked = $0.event { true } else { false } }
            perform(pool.forkServerExited(reason: "simulated", now: now))
        case .forked(let worker): fork(worker)
        case .ready(let worker, let pid) where pids[worker.index] == pid:
            perform(pool.workerReady(worker, now: now))
            dispatch()
        case .finished(let worker, let pid) where pids[worker.index] == pid:
            perform(pool.requestFinished(worker, now: now))
            dispatch()
        case .exited(let worker, let pid) where pids[worker.index] == pid:
            pids[worker.index] = nil
            perform(pool.workerExited(worker, reason: "simulated", now: now))
        default: break
        }
    }

    private mutating func fork(_ worker: WorkerID) {
        if strikes(faults.forkFails) { return perform(pool.forkFailed(worker, reason: "simulated", now: now)) }
        check(pids[worker.index] == nil, "an id was used twice")
        let pid = nextPid
        nextPid += 1
        pids[worker.index] = pid
        if strikes(faults.bootFails) {
            after(200, .exited(worker, pid: pid))
        } else if !strikes(faults.bootHangs) {
            after(300, .ready(worker, pid: pid))
        }
        perform(pool.workerForked(worker, pid: pid, now: now))
    }

    private mutating func perform(_ actions: [PoolAction]) {
        for action in actions {
            switch action {
            case .startForkServer:
                check(!serverIsUp, "started a second fork server")
                serverIsUp = true
                if !strikes(faults.forkServerFails) {
                    after(100, .forkServerReady)
                } else {
                    after(50, .forkServerExited)
                }
            case .stopForkServer: after(5, .forkServerExited)
            case .killForkServer: after(1, .forkServerExited)
            case .spawn(let worker):
                check(serverIsUp, "asked a fork server that is not there")
                after(3, .forked(worker))
            case .retire(let worker):
                guard let pid = pids[worker.index] else { return check(false, "retired nobody") }
                check(retired.insert(pid).inserted, "retired twice")
                if !strikes(faults.ignoresRetirement) { after(20, .exited(worker, pid: pid)) }
            case .kill(let worker, _):
                guard let pid = pids[worker.index] else { return check(false, "killed nobody") }
                after(1, .exited(worker, pid: pid))
            }
        }
        let max = pool.configuration.max
        let status = pool.status
        check(status.idle + status.busy + status.starting <= max, "more workers than the maximum")
        check(pids.count <= max + 1, "more processes than the maximum and one")
        check(status.tally.started - status.tally.exited == pids.count, "lost count of the processes")
    }

    /// Idle workers take the requests that wait.
    private mutating func dispatch() {
        guard queued > 0 else { return }
        for (index, worker) in pool.workers.enumerated() where queued > 0 {
            guard case .ready = worker.state, let pid = pids[index] else { continue }
            queued -= 1
            pool.requestStarted(WorkerID(index), now: now)
            if strikes(faults.deathWhileBusy) {
                after(30, .exited(WorkerID(index), pid: pid))
            } else if !strikes(faults.requestHangs) {
                after(80, .finished(WorkerID(index), pid: pid))
            }
        }
    }

    /// Idle workers and the fork server die for no reason of theirs.
    private mutating func strike() {
        for (index, pid) in pids.sorted(by: { $0.key < $1.key }) where strikes(faults.deathWhileIdle) {
            after(1, .exited(WorkerID(index), pid: pid))
        }
        if serverIsUp && strikes(faults.forkServerFails) { after(1, .forkServerExited) }
    }

    private mutating func strikes(_ odds: Int) -> Bool { odds > 0 && generator.oneIn(odds) }

    /// At a time around the given one.
    private mutating func after(_ milliseconds: Int, _ event: Event) {
        events.append((now + .microseconds(milliseconds * (500 + generator.below(1_000))), event))
    }

    private mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds && fault == nil { fault = complaint() }
    }
}

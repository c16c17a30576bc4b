import Foundation

@testable import WeirCore

/// The queue and the pool of an app whose processes run up to 64 requests at once, on a virtual clock, with processes
/// that crash, hang, boot slowly or not at all, are blocked, and stay when they should leave.
final class ProcessSimulation {
    enum Event {
        case arrival
        case tick
        case forked(WorkerID)
        case ready(Int32)
        case finished(Int32, place: Int, request: Int)
        case timedOut(Int32, place: Int, request: Int)
        case unblocked(Int32)
        case dies(Int32)
        case crashes(Int32)
        case connectionsLost(Int32)
        case exited(Int32)
    }

    struct Process {
        let worker: WorkerID
        var isAlive = true
        var isAdded = false
        var isConnected = true
        var isLetGo = false
        /// It crashed, or was killed: whatever it had may be lost.
        var isStruck = false
        var jobs: [Int: Int] = [:]
    }

    enum Answer: String { case completed, shed, timedOut, workerDied }

    struct Request {
        let arrived: Instant
        var hasComeAgain = false
        var answer: Answer?
    }

    let plan: ProcessSimulationPlan
    let canary: ProcessCanary?
    var scheduler: Scheduler<Int>
    var pool: PoolStateMachine
    var watch = PoolWatch()
    var queue = EventQueue<Event>()
    var generator: SeededGenerator
    var processes: [Int32: Process] = [:]
    var requests: [Request] = []
    var waiting: Set<Int> = []
    var answers: [Answer: Int] = [:]
    let start = Instant.zero + .minutes(60)
    var now: Instant
    private(set) var fault: String?
    /// What happened at all, so that a test sees that the runs reach it.
    var retiredBusy = 0
    var suspensions = 0

    var isCalm: Bool { now - start > plan.calmAfter }

    init(_ plan: ProcessSimulationPlan, canary: ProcessCanary? = nil) {
        self.plan = plan
        self.canary = canary
        now = start
        generator = SeededGenerator(seed: plan.seed &+ 1)
        scheduler = Scheduler(
            lanes: [plan.lane], loops: 2,
            balance: .leastOutstanding(placesPerWorker: plan.pool.requestsAtOnce, slowStart: plan.slowStart))
        pool = PoolStateMachine(plan.pool, seed: plan.seed)
    }

    /// Runs to the end: faults, calm, a stop that loses nothing.
    func run() {
        perform(pool.start(now: now))
        after(.milliseconds(100), .tick)
        after(.milliseconds(200), .arrival)
        advance(until: start + plan.end)
        checkItWorks()
        let lastArrival = now
        while scheduler.queued > 0, fault == nil, now - lastArrival < .seconds(5) {
            advance(until: now + .milliseconds(100))
        }
        perform(pool.beginStop(now: now))
        advance(until: now + .seconds(6))
        if !pool.isStopped { report("the pool has not stopped: \(pool.status)") }
        for request in requests.indices where requests[request].answer == nil {
            report("request \(request) never had an answer")
        }
        checkCounts()
    }

    private func advance(until end: Instant) {
        while fault == nil, let next = queue.next, next <= end, let event = queue.takeNext() {
            now = max(now, next)
            deliver(event)
            check()
        }
        now = max(now, end)
    }

    private func deliver(_ event: Event) {
        switch event {
        case .arrival: arrive()
        case .tick: tick()
        case .forked(let worker): forked(worker)
        case .ready(let pid): ready(pid)
        case .finished(let pid, let place, let request): finished(pid, place, request, .completed)
        case .timedOut(let pid, let place, let request): finished(pid, place, request, .timedOut)
        case .unblocked(let pid): unblocked(pid)
        case .dies(let pid): die(pid)
        case .crashes(let pid):
            processes[pid]?.isStruck = true
            die(pid)
        case .connectionsLost(let pid): connectionsLost(pid)
        case .exited(let pid): exited(pid)
        }
    }

    func after(_ span: Nanoseconds, _ event: Event) { queue.plan(event, at: now + span) }

    func strikes(_ odds: Int) -> Bool { odds > 0 && !isCalm && generator.oneIn(odds) }

    func report(_ complaint: String?) {
        guard let complaint, fault == nil else { return }
        fault = "seed \(plan.seed) at \((now - start).seconds) s: \(complaint)"
    }

    private func tick() {
        after(.milliseconds(100), .tick)
        scheduler.expire(now: now) { request, _ in turnedAway(request) }
        if strikes(plan.blocks) { block() }
        if strikes(plan.meddling) { meddle() }
        perform(pool.tick(queued: scheduler.queued, now: now))
    }

    private func block() {
        let candidates = processes.filter { $0.value.isAdded && $0.value.isConnected }.keys.sorted()
        guard !candidates.isEmpty else { return }
        let pid = candidates[generator.below(candidates.count)]
        guard let worker = processes[pid]?.worker else { return }
        suspensions += 1
        scheduler.suspend(worker, true, now: now)
        handOut()
        after(.milliseconds(20 + generator.below(2_000)), .unblocked(pid))
    }

    private func unblocked(_ pid: Int32) {
        guard let process = processes[pid], process.isConnected else { return }
        scheduler.suspend(process.worker, false, now: now)
        handOut()
    }

    private func meddle() {
        switch generator.below(3) {
        case 0: perform(pool.setMaximum(1 + generator.below(plan.pool.max), now: now))
        case 1: pool.recycle(WorkerID(generator.below(plan.pool.max)), reason: .requested)
        default: perform(pool.killNow(WorkerID(generator.below(plan.pool.max)), .maxMemory, now: now))
        }
    }
}

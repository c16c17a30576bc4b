@testable import WeirCore

/// A whole server on a virtual clock: the real queue, pool and sizer, put together by ``SimulatedGateway``, in a container
/// with cores, memory, processes that fail, and clients that come whether or not anybody has time for them.
///
/// Two clocks: what happens, happens by `world`; what is decided is decided by `clock`, which may jump ahead of it.
final class SimulatedServer {
    enum Event {
        case arrival
        case load
        case givesUp(Int)
        case tick
        case size
        case calm
        case limitIsLowered
        case carryOut([PoolAction])
        case forkServerReady(generation: Int)
        case forkServerGone(generation: Int)
        case forked(WorkerID, generation: Int)
        case forkFailed(WorkerID, generation: Int)
        case connectionReady(Int)
        case waited(Int, request: Int)
        case answerArrived(Int, request: Int)
        case connectionClosed(Int)
        case exitTold(Int)
        case exitFound(Int)
        case dies(Int)
    }

    let plan: SimulationPlan
    let canary: Canary?
    var gateway: SimulatedGateway
    var sizer = PoolSizer(prior: .php)
    var ledger = RequestLedger()
    var watch = PoolWatch()
    var cores: SharedCores
    var queue = EventQueue<Event>()
    var generator: SeededGenerator
    var faults: SimulatedFaults
    var limit: Bytes

    /// A boot that hangs, the longest pause after it, and a boot; the same for the fork server before that.
    static let longestRecovery = Nanoseconds.seconds(18)

    let start = Instant.zero + .minutes(60)
    var world: Instant
    var jumped = Nanoseconds.zero
    var clock: Instant { world + jumped }

    /// By pid; the living ones are also in `living`.
    var processes: [SimulatedProcess] = []
    var living: [Int] = []
    var ownMemory = 0.0
    var forkServer = (generation: 0, isUp: false)
    var nextLoop = 0
    /// The control loop carries out one thing after the other.
    var controlIsFree: Instant
    var load = 0.0
    var isDraining = false
    /// The last fault is so long ago that everybody has to be served again.
    var isReliable: Bool { world - start > plan.calmAfter + Self.longestRecovery }
    var servedReliably = 0
    var nextTick: Instant

    var oomKills = 0
    var sizes: [(at: Instant, workers: Int)] = []
    var measured = SizingInput.Requests.none
    var lastMeasured = 0
    private(set) var fault: String?
    private(set) var steps = 0

    init(_ plan: SimulationPlan, canary: Canary? = nil) {
        self.plan = plan
        self.canary = canary
        world = start
        controlIsFree = start
        nextTick = start + .milliseconds(100)
        limit = plan.limit
        faults = plan.faults
        cores = SharedCores(cores: plan.cores)
        generator = SeededGenerator(seed: plan.seed &+ 1)
        let first = sizer.decide(
            SizingInput(
                now: start, memoryLimit: plan.limit, memoryInUse: plan.server + plan.others, server: plan.server,
                cores: plan.cores))
        var configuration = plan.pool
        configuration.manager = plan.pool.manager.with(max: first.workers)
        gateway = SimulatedGateway(configuration, lanes: plan.lanes, loops: plan.loops, seed: plan.seed)
        gateway.canary = canary
        sizes = [(start, first.workers)]
    }

    /// Runs to the plan's end and until the last request has its answer.
    func run() {
        decidePool { pool, _, now in pool.start(now: now) }
        for (event, delay) in [(Event.tick, 100), (.load, 200), (.arrival, 210), (.size, 5_000)] {
            after(.milliseconds(delay), event)
        }
        queue.plan(.calm, at: start + plan.calmAfter)
        if plan.loweredTo != nil { queue.plan(.limitIsLowered, at: start + Nanoseconds(plan.calmAfter.count / 2)) }
        advance(until: start + plan.end)
        checkItWorks()
        isDraining = true
        advance(until: world + longestAnswer)
        ledger.checkNoneIsLost()
        if fault == nil { report(ledger.fault) }
        if fault == nil { checkCounts() }
    }

    /// A wait, a retry on another worker, and each of them up to its kill.
    private var longestAnswer: Nanoseconds { .seconds(20) }

    private func advance(until end: Instant) {
        while fault == nil {
            let coreIsDone = cores.next ?? end + .seconds(1)
            let next = min(coreIsDone, queue.next ?? coreIsDone)
            guard next <= end else { break }
            world = max(world, next)
            steps += 1
            if next == coreIsDone {
                if let process = cores.takeDone(now: world) { computed(process) }
            } else if let event = queue.takeNext() {
                deliver(event)
            }
            check()
        }
        world = max(world, end)
    }

    private func deliver(_ event: Event) {
        switch event {
        case .arrival: arrive()
        case .load: changeLoad()
        case .givesUp(let request): giveUp(request)
        case .tick: tick()
        case .size: size()
        case .calm: calmDown()
        case .limitIsLowered: lowerLimit()
        case .carryOut(let actions): carryOut(actions)
        case .forkServerReady(let generation): forkServerReady(generation)
        case .forkServerGone(let generation): forkServerGone(generation)
        case .forked(let worker, let generation): forked(worker, generation)
        case .forkFailed(let worker, let generation):
            if generation == forkServer.generation && forkServer.isUp { forkFailed(worker) }
        case .connectionReady(let pid): connectionReady(pid)
        case .waited(let pid, let request): waited(pid, request)
        case .answerArrived(let pid, let request): answerArrived(pid, request)
        case .connectionClosed(let pid): connectionClosed(pid)
        case .exitTold(let pid): exitTold(pid)
        case .exitFound(let pid): exited(pid)
        case .dies(let pid): die(pid)
        }
    }

    private func calmDown() {
        faults = .none
        load = plan.calmLoad
    }

    // MARK: For all its parts

    func after(_ span: Nanoseconds, _ event: Event) { queue.plan(event, at: world + span) }

    func strikes(_ odds: Int) -> Bool { odds > 0 && generator.oneIn(odds) }

    func decidePool(_ body: (inout PoolStateMachine, _ queued: Int, _ now: Instant) -> [PoolAction]) {
        let now = clock
        perform(gateway.decidePool(now: now) { body(&$0, $1, now) })
    }

    /// A request goes to its worker at once; what the pool wants goes by way of the control loop.
    func perform(_ consequences: SimulatedGateway.Consequences) {
        if let complaint = watch.compare(gateway.pool, after: consequences.actions) { report(complaint) }
        for (request, pid) in consequences.starts { begin(request, on: Int(pid)) }
        guard !consequences.actions.isEmpty else { return }
        let delay = generator.oneIn(4) ? Nanoseconds.microseconds(generator.below(3_000)) : .zero
        controlIsFree = max(controlIsFree, world + delay)
        queue.plan(.carryOut(consequences.actions), at: controlIsFree)
    }

    func report(_ complaint: String?) {
        guard let complaint, fault == nil else { return }
        let seconds = Double((world - start).count / 1_000_000) / 1_000
        fault = "seed \(plan.seed) at \(seconds) s: \(complaint)"
    }
}

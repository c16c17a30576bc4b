import Testing
import WeirCore

@Suite struct SchedulerPropertyTests {
    /// Whatever happens in whatever order: no request is lost or run twice, no worker runs two, no lane exceeds its
    /// concurrency or its queue's limit, priority, share and order hold, nothing overdue or cancelled runs, the counts add up.
    @Test(arguments: 0..<8) func everyInterleavingKeepsThePromises(batch: Int) {
        for seed in (batch * 250)..<(batch * 250 + 250) {
            var run = Run(seed: UInt64(seed))
            let fault = run.fault(steps: 160)
            #expect(fault == nil, "seed \(seed)")
            if fault != nil { return }
        }
    }

    /// The generator of the runs reaches what it is meant to test.
    @Test func theRunsReachEveryOutcome() {
        var shed = ShedCounts()
        var cancelled = 0
        var interrupted = 0
        var retried = 0
        var newestFirst = 0
        for seed in 0..<100 {
            var run = Run(seed: UInt64(seed))
            _ = run.fault(steps: 160)
            shed = shed + run.model.shed
            cancelled += run.model.cancelled
            interrupted += run.model.interrupted
            retried += run.model.retried
            newestFirst += run.model.newestFirst
        }
        #expect(shed.queueFull > 100 && shed.hopeless > 100 && shed.timeout > 100)
        #expect(cancelled > 100 && interrupted > 100 && retried > 100 && newestFirst > 100)
    }
}

/// One random run of a scheduler and its judge.
private struct Run: ~Copyable {
    var generator: SeededGenerator
    var scheduler: Scheduler<Int>
    var model: SchedulerModel
    var clock = Instant.zero
    var nextRequest = 0
    var tickets: [TicketID] = []

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let lanes = (0...generator.below(3)).map { index in
            LanePolicy(
                name: "lane \(index)", concurrency: generator.oneIn(2) ? nil : 1 + generator.below(3),
                limit: generator.below(12), timeout: .milliseconds(20 + generator.below(200)),
                weight: 1 + generator.below(4),
                priority: generator.oneIn(3) ? LanePolicy.Priority.allCases[generator.below(3)] : .normal,
                newestFirstAfter: generator.oneIn(3) ? .milliseconds(generator.below(60)) : nil)
        }
        let loops = 1 + generator.below(3)
        let slack = Nanoseconds.milliseconds(generator.below(6))
        scheduler = Scheduler(lanes: lanes, loops: loops, affinitySlack: slack)
        model = SchedulerModel(lanes: lanes, loops: loops, slack: slack)
        self.generator = generator
    }

    mutating func fault(steps: Int) -> String? {
        for _ in 0..<steps where model.fault == nil { step() }
        return model.fault
    }

    private mutating func step() {
        // Mostly small steps, sometimes a long pause, and at times a loop that read its clock a little earlier.
        clock = clock + .microseconds(generator.oneIn(40) ? generator.below(300_000) : generator.below(6_000))
        let now = Instant(nanoseconds: clock.nanoseconds - min(clock.nanoseconds, UInt64(generator.below(50_000))))
        let loop = generator.below(model.loops)
        let worker = generator.below(8)
        switch generator.below(17) {
        case 0..<7: arrive(loop: loop, now: now)
        case 7..<11: finish(now: now)
        case 11: cancel()
        case 12: expire(now: now)
        case 13 where model.workers[worker] != nil:
            remove(worker, now: now)
        case 14 where model.workers[worker] != nil && generator.oneIn(2):
            model.retire(worker, isOut: scheduler.retireWorker(WorkerID(worker)))
        case 13..<16 where model.workers[worker] == nil:
            let answer = scheduler.addWorker(WorkerID(worker), loop: loop, now: now).handedOut
            model.add(worker, loop: loop, now: now, answer: answer)
        case 16: limit(now: now)
        default: break
        }
        model.compare(scheduler.snapshot(now: now))
    }

    private mutating func arrive(loop: Int, now: Instant) {
        nextRequest += 1
        let lane = generator.below(model.lanes.count)
        let answer = scheduler.arrive(nextRequest, lane: lane, loop: loop, now: now)
        if let ticket = answer.ticket { tickets.append(ticket) }
        model.arrive(nextRequest, lane: lane, loop: loop, now: now, answer: answer)
    }

    /// A worker dies; what it ran may come again, before or after its worker is gone from the scheduler.
    private mutating func remove(_ worker: Int, now: Instant) {
        let job = model.workers[worker]?.running
        let isFirst = generator.oneIn(2)
        if let job, isFirst, generator.oneIn(2) { retry(job.request, lane: job.lane, arrived: job.arrived, now: now) }
        let answer = scheduler.removeWorker(WorkerID(worker), now: now).handedOut
        model.remove(worker, now: now, answer: answer)
        if let job, !isFirst { retry(job.request, lane: job.lane, arrived: job.arrived, now: now) }
    }

    private mutating func retry(_ request: Int, lane: Int, arrived: Instant, now: Instant) {
        let loop = generator.below(model.loops)
        let answer = scheduler.arriveAgain(request, lane: lane, loop: loop, arrived: arrived, now: now)
        if let ticket = answer.ticket { tickets.append(ticket) }
        model.arriveAgain(request, lane: lane, loop: loop, arrived: arrived, now: now, answer: answer)
    }

    private mutating func limit(now: Instant) {
        let limit = generator.oneIn(2) ? nil : 1 + generator.below(8)
        scheduler.concurrencyLimit = limit
        model.limit = limit
        while model.fault == nil {
            let answer = scheduler.nextRunnable(now: now).handedOut
            model.nextRunnable(now: now, answer: answer)
            if answer == nil { return }
        }
    }

    private mutating func finish(now: Instant) {
        let busy = model.workers.filter { $0.value.running != nil }.keys.sorted()
        guard !busy.isEmpty else { return }
        let worker = busy[generator.below(busy.count)]
        model.finish(worker, now: now, answer: scheduler.finished(WorkerID(worker), now: now).handedOut)
    }

    /// Any ticket ever handed out: most are stale by now.
    private mutating func cancel() {
        guard !tickets.isEmpty else { return }
        let recent = max(0, tickets.count - 1 - generator.below(12))
        model.cancel(tickets[recent], answer: scheduler.cancel(tickets[recent]))
    }

    private mutating func expire(now: Instant) {
        var expired: [Int] = []
        scheduler.expire(now: now) { request, _ in expired.append(request) }
        model.expire(now: now, answer: expired)
    }
}

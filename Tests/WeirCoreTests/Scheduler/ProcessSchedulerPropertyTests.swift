import Testing
import WeirCore

@Suite struct ProcessSchedulerPropertyTests {
    @Test("whatever happens in whatever order, places, order and the fewest-first rule hold", arguments: 0..<8)
    func everyInterleavingKeepsThePromises(batch: Int) {
        for seed in (batch * 30)..<(batch * 30 + 30) {
            var run = Run(seed: UInt64(seed))
            let fault = run.fault(steps: 160)
            #expect(fault == nil, "seed \(seed)")
            if fault != nil { return }
        }
    }

    @Test("the runs reach every outcome")
    func theRunsReachEveryOutcome() {
        var shed = ShedCounts()
        var counts = (cancelled: 0, interrupted: 0, toSuspended: 0, toFresh: 0)
        for seed in 0..<60 {
            var run = Run(seed: UInt64(seed))
            _ = run.fault(steps: 160)
            shed = shed + run.model.shed
            counts.cancelled += run.model.cancelled
            counts.interrupted += run.model.interrupted
            counts.toSuspended += run.model.toSuspended
            counts.toFresh += run.model.toFresh
        }
        #expect(shed.queueFull > 20 && shed.timeout > 20 && shed.hopeless > 0)
        #expect(counts.cancelled > 20 && counts.interrupted > 100)
        #expect(counts.toSuspended > 20 && counts.toFresh > 20)
    }
}

/// One random run of a scheduler and its judge.
private struct Run: ~Copyable {
    static let mostWorkers = 5

    var generator: SeededGenerator
    var scheduler: Scheduler<Int>
    var model: ProcessSchedulerModel
    var clock = Instant.zero
    var nextRequest = 0
    var tickets: [TicketID] = []

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let lanes = (0...generator.below(3)).map { index in
            LanePolicy(
                name: "lane \(index)", concurrency: generator.oneIn(2) ? nil : 1 + generator.below(6),
                limit: generator.below(30), timeout: .milliseconds(20 + generator.below(200)),
                priority: generator.oneIn(3) ? LanePolicy.Priority.allCases[generator.below(3)] : .normal)
        }
        let places = [1, 2, 4, 16][generator.below(4)]
        let slowStart = Nanoseconds.milliseconds(generator.oneIn(2) ? 0 : 1 + generator.below(400))
        scheduler = Scheduler(
            lanes: lanes, loops: 3, balance: .leastOutstanding(placesPerWorker: places, slowStart: slowStart))
        model = ProcessSchedulerModel(lanes: lanes, places: places, slowStart: slowStart)
        self.generator = generator
    }

    mutating func fault(steps: Int) -> String? {
        for _ in 0..<steps where model.fault == nil { step() }
        return model.fault
    }

    private mutating func step() {
        clock = clock + .microseconds(generator.oneIn(40) ? generator.below(300_000) : generator.below(4_000))
        // At times a loop read its clock a little earlier.
        let now = Instant(nanoseconds: clock.nanoseconds - min(clock.nanoseconds, UInt64(generator.below(50_000))))
        model.advance(to: now)
        let worker = generator.below(Self.mostWorkers)
        switch generator.below(20) {
        case 0..<9: for _ in 0...generator.below(4) { arrive(now: now) }
        case 9..<13: for _ in 0...generator.below(4) { leave(now: now) }
        case 13: cancel()
        case 14: expire(now: now)
        case 15: remove(worker, now: now)
        case 16 where generator.oneIn(2):
            model.retire(worker, isOut: scheduler.retireWorker(WorkerID(worker)))
        case 17:
            let isSuspended = generator.oneIn(2)
            scheduler.suspend(WorkerID(worker), isSuspended, now: now)
            model.suspend(worker, isSuspended)
        case 18:
            let limit = generator.oneIn(2) ? nil : 1 + generator.below(30)
            scheduler.concurrencyLimit = limit
            model.limit = limit
        case _ where model.workers[worker] == nil:
            model.add(worker)
            model.next(scheduler.addWorker(WorkerID(worker), loop: 0, now: now).handedOut)
        default: break
        }
        handOut(now: now)
        model.compare(scheduler.snapshot(now: now))
    }

    private mutating func handOut(now: Instant) {
        while model.fault == nil {
            let answer = scheduler.nextRunnable(now: now).handedOut
            model.next(answer)
            if answer == nil { return }
        }
    }

    private mutating func arrive(now: Instant) {
        nextRequest += 1
        let lane = generator.below(model.lanes.count)
        let answer = scheduler.arrive(nextRequest, lane: lane, loop: generator.below(3), now: now)
        if let ticket = answer.ticket { tickets.append(ticket) }
        model.arrive(nextRequest, lane: lane, now: now, answer: answer)
    }

    /// Any place, taken or not: nothing becomes of old news. One in four requests is lost, and may come again.
    private mutating func leave(now: Instant) {
        let taken = model.workers.flatMap(\.value.jobs.keys).sorted()
        let any = generator.below(Self.mostWorkers * model.places)
        let place = taken.isEmpty || generator.oneIn(10) ? any : taken[generator.below(taken.count)]
        let job = model.workers[place / model.places]?.jobs[place]
        guard generator.oneIn(4) else {
            let answer = scheduler.finished(WorkerID(place), now: now).handedOut
            model.leave(place, isCompleted: true)
            return job != nil || answer != nil ? model.next(answer) : ()
        }
        let answer = scheduler.lost(WorkerID(place), now: now).handedOut
        model.leave(place, isCompleted: false)
        if job != nil || answer != nil { model.next(answer) }
        handOut(now: now)
        if let job, generator.oneIn(2) { retry(job, now: now) }
    }

    /// A process dies: it takes nothing more, what it ran may come again, then it is gone.
    private mutating func remove(_ worker: Int, now: Instant) {
        guard let jobs = model.workers[worker]?.jobs.values.sorted(by: { $0.request < $1.request }) else { return }
        let isOut = scheduler.retireWorker(WorkerID(worker))
        model.retire(worker, isOut: isOut)
        handOut(now: now)
        for job in jobs where generator.oneIn(2) { retry(job, now: now) }
        let answer = scheduler.removeWorker(WorkerID(worker), now: now).handedOut
        model.remove(worker)
        model.next(answer)
    }

    private mutating func retry(_ job: ProcessSchedulerModel.Job, now: Instant) {
        let answer = scheduler.arriveAgain(
            job.request, lane: job.lane, loop: generator.below(3), arrived: job.arrived, now: now)
        if let ticket = answer.ticket { tickets.append(ticket) }
        model.arriveAgain(job, now: now, answer: answer)
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
        model.expire(answer: expired)
    }
}

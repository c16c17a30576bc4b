import Testing
import WeirCore

/// What was handed out, in a form that compares.
struct HandedOut: Equatable {
    var request: Int
    var worker: Int
    var lane = 0
    var waited = Nanoseconds.zero
}

extension Scheduler.Next where Request == Int {
    var handedOut: HandedOut? {
        guard case .dispatch(let request, let worker, let lane, let waited) = self else { return nil }
        return HandedOut(request: request, worker: worker.index, lane: lane, waited: waited)
    }

    var request: Int? { handedOut?.request }
}

extension Arrival {
    var worker: Int? { if case .dispatch(let worker) = self { worker.index } else { nil } }
    var ticket: TicketID? { if case .wait(let ticket) = self { ticket } else { nil } }
    var shed: Shed? { if case .shed(let shed) = self { shed } else { nil } }
}

func at(_ milliseconds: Int) -> Instant { .zero + .milliseconds(milliseconds) }

func lane(_ name: String = "default", concurrency: Int? = nil, limit: Int = 100, timeout: Int = 5_000) -> LanePolicy {
    LanePolicy(name: name, concurrency: concurrency, limit: limit, timeout: .milliseconds(timeout))
}

@Suite struct SchedulerTests {
    private func scheduler(
        _ lanes: [LanePolicy] = [lane()], loops: Int = 1, workers: [Int] = [0]
    ) -> Scheduler<Int> {
        var scheduler = Scheduler<Int>(lanes: lanes, loops: loops)
        for (index, loop) in workers.enumerated() { _ = scheduler.addWorker(WorkerID(index), loop: loop, now: .zero) }
        return scheduler
    }

    @Test func anIdleWorkerTakesARequestAtOnce() {
        var scheduler = scheduler()
        #expect(scheduler.arrive(1, lane: 0, loop: 0, now: at(0)).worker == 0)
        #expect(scheduler.arrive(2, lane: 0, loop: 0, now: at(1)).ticket != nil)
        #expect(
            scheduler.finished(WorkerID(0), now: at(30)).handedOut
                == HandedOut(request: 2, worker: 0, waited: .milliseconds(29)))
        #expect(scheduler.finished(WorkerID(0), now: at(40)).handedOut == nil)
    }

    @Test func requestsWaitForAPoolThatIsStarting() {
        var scheduler = scheduler(workers: [])
        #expect(scheduler.arrive(1, lane: 0, loop: 0, now: at(0)).ticket != nil)
        #expect(
            scheduler.addWorker(WorkerID(7), loop: 0, now: at(300)).handedOut
                == HandedOut(request: 1, worker: 7, waited: .milliseconds(300)))
    }

    @Test func anAppThatIsDownShedsAtOnce() {
        var scheduler = scheduler(workers: [])
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        scheduler.isAvailable = false
        #expect(scheduler.arrive(2, lane: 0, loop: 0, now: at(0)).shed?.reason == .unavailable)
        var turnedAway: [Int] = []
        scheduler.shedQueued { request, shed in
            #expect(shed.reason == .unavailable)
            turnedAway.append(request)
        }
        #expect(turnedAway == [1])
        #expect(scheduler.snapshot(now: at(1)).shed.unavailable == 2)
        #expect(scheduler.snapshot(now: at(1)).turnedAway == 1)
    }

    @Test func aFullQueueShedsWithAHintWhenToComeBack() {
        var scheduler = scheduler([lane(limit: 4, timeout: 60_000)])
        for round in 0..<8 {
            _ = scheduler.arrive(round, lane: 0, loop: 0, now: at(round * 1_000))
            _ = scheduler.finished(WorkerID(0), now: at(round * 1_000 + 500))
        }
        for request in 0..<5 { #expect(scheduler.arrive(request, lane: 0, loop: 0, now: at(9_000)).shed == nil) }
        // Four wait, at half a second each.
        #expect(
            scheduler.arrive(9, lane: 0, loop: 0, now: at(9_000)).shed
                == Shed(reason: .queueFull, retryAfterSeconds: 2))
    }

    @Test func aRequestThatCouldNotStartInTimeIsToldSoAtOnce() {
        var scheduler = scheduler([lane(timeout: 2_000)])
        for round in 0..<8 {
            _ = scheduler.arrive(round, lane: 0, loop: 0, now: at(round * 1_000))
            _ = scheduler.finished(WorkerID(0), now: at(round * 1_000 + 900))
        }
        #expect(scheduler.arrive(10, lane: 0, loop: 0, now: at(9_000)).worker == 0)
        #expect(scheduler.arrive(11, lane: 0, loop: 0, now: at(9_000)).ticket != nil)
        #expect(scheduler.arrive(12, lane: 0, loop: 0, now: at(9_000)).ticket != nil)
        #expect(scheduler.arrive(13, lane: 0, loop: 0, now: at(9_000)).shed?.reason == .hopeless)
        // A minute without a completion: what was measured says nothing any more, and the request may wait.
        #expect(scheduler.arrive(14, lane: 0, loop: 0, now: at(70_000)).ticket != nil)
    }

    @Test func aSlowAppWithAnIdleWorkerIsNeverHopeless() {
        var scheduler = scheduler([lane(timeout: 1_000)])
        for round in 0..<20 {
            #expect(scheduler.arrive(round, lane: 0, loop: 0, now: at(round * 10_000)).worker == 0)
            _ = scheduler.finished(WorkerID(0), now: at(round * 10_000 + 9_000))
        }
    }

    @Test func workNobodyWaitsForIsNeverRun() throws {
        var scheduler = scheduler()
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        let second = try #require(scheduler.arrive(2, lane: 0, loop: 0, now: at(0)).ticket)
        let third = try #require(scheduler.arrive(3, lane: 0, loop: 0, now: at(0)).ticket)
        #expect(scheduler.cancel(second) == 2)
        #expect(scheduler.cancel(second) == nil)
        #expect(scheduler.finished(WorkerID(0), now: at(10)).request == 3)
        #expect(scheduler.cancel(third) == nil)
    }

    @Test func aStaleTicketDoesNotReachWhoStandsThereNow() throws {
        var scheduler = scheduler(workers: [])
        let first = try #require(scheduler.arrive(1, lane: 0, loop: 0, now: at(0)).ticket)
        #expect(scheduler.cancel(first) == 1)
        let second = try #require(scheduler.arrive(2, lane: 0, loop: 0, now: at(0)).ticket)
        #expect(second.slot == first.slot)
        #expect(scheduler.cancel(first) == nil)
        #expect(scheduler.cancel(second) == 2)
    }

    @Test func whatIsPastItsDeadlineIsShedAndNotRun() {
        var scheduler = scheduler([lane(timeout: 100)])
        for request in 1...3 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(request * 40)) }
        #expect(scheduler.finished(WorkerID(0), now: at(180)).request == 3)
        var expired: [Int] = []
        scheduler.expire(now: at(180)) { request, shed in
            #expect(shed.reason == .timeout)
            expired.append(request)
        }
        #expect(expired == [2])
    }

    @Test func theOverdueHoldTheirPlacesUntilTheyAreReported() throws {
        var scheduler = scheduler([lane(limit: 1, timeout: 100)])
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        let ticket = try #require(scheduler.arrive(2, lane: 0, loop: 0, now: at(0)).ticket)
        #expect(scheduler.arrive(3, lane: 0, loop: 0, now: at(150)).shed?.reason == .queueFull)
        #expect(scheduler.snapshot(now: at(150)).queued == 1)
        #expect(scheduler.cancel(ticket) == 2)
        #expect(scheduler.arrive(4, lane: 0, loop: 0, now: at(150)).ticket != nil)
    }

    @Test func theOverdueDoNotStandInTheWayOfANewRequest() {
        var scheduler = scheduler([lane(timeout: 100)])
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        _ = scheduler.arrive(2, lane: 0, loop: 0, now: at(0))
        #expect(scheduler.finished(WorkerID(0), now: at(200)).handedOut == nil)
        #expect(scheduler.arrive(3, lane: 0, loop: 0, now: at(201)).worker == 0)
    }

    @Test func aRequestLeavesNothingBehind() {
        final class Payload {}
        var scheduler = Scheduler<Payload>(lanes: [lane(timeout: 100)], loops: 1)
        func arrive(_ now: Instant) -> (ticket: TicketID?, payload: () -> Payload?) {
            let payload = Payload()
            return (scheduler.arrive(payload, lane: 0, loop: 0, now: now).ticket, { [weak payload] in payload })
        }
        let cancelled = arrive(at(0))
        let expired = arrive(at(0))
        let run = arrive(at(50))
        #expect(run.payload() != nil)
        if let ticket = cancelled.ticket { _ = scheduler.cancel(ticket) }
        scheduler.expire(now: at(120)) { _, _ in }
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(120))
        #expect(cancelled.payload() == nil && expired.payload() == nil && run.payload() == nil)
    }

    @Test func theCountersTellWhatHappened() {
        var scheduler = scheduler([lane(), lane("bulk", concurrency: 1, limit: 1)], workers: [0, 0])
        _ = scheduler.arrive(1, lane: 1, loop: 0, now: at(0))
        _ = scheduler.arrive(2, lane: 1, loop: 0, now: at(10))
        _ = scheduler.arrive(3, lane: 1, loop: 0, now: at(10))
        _ = scheduler.arrive(4, lane: 0, loop: 0, now: at(10))
        _ = scheduler.finished(WorkerID(0), now: at(60))
        let snapshot = scheduler.snapshot(now: at(100))
        #expect(snapshot.accepted == 3 && snapshot.completed == 1 && snapshot.shed.queueFull == 1)
        #expect(snapshot.live == 2 && snapshot.running + snapshot.idle == 2)
        #expect(snapshot.maxQueued == 1 && snapshot.maxRunning == 2)
        #expect(snapshot.lanes.map(\.name) == ["default", "bulk"])
        #expect(snapshot.lanes[1].shed.queueFull == 1)
        #expect(snapshot.queued == snapshot.lanes.map(\.queued).reduce(0, +))
    }
}

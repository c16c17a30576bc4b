import Testing
import WeirCore

@Suite struct SchedulerOverloadTests {
    private func scheduler(_ lanes: [LanePolicy], workers: Int = 1, loops: Int = 1) -> Scheduler<Int> {
        var scheduler = Scheduler<Int>(lanes: lanes, loops: loops)
        for worker in 0..<workers { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: .zero) }
        return scheduler
    }

    private func turning(after target: Int, limit: Int = 100, timeout: Int = 5_000) -> LanePolicy {
        LanePolicy(
            name: "default", limit: limit, timeout: .milliseconds(timeout), newestFirstAfter: .milliseconds(target))
    }

    // MARK: Newest first

    @Test func theNewestIsServedFirstWhileTheOldestHasWaitedTooLong() {
        var scheduler = scheduler([turning(after: 100)])
        for request in 0...5 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(request * 20)) }
        #expect(scheduler.finished(WorkerID(0), now: at(110)).request == 1)
        #expect(!scheduler.snapshot(now: at(140)).lanes[0].isNewestFirst)
        #expect(scheduler.snapshot(now: at(150)).lanes[0].isNewestFirst)
        #expect(scheduler.finished(WorkerID(0), now: at(150)).request == 5)
        #expect(scheduler.finished(WorkerID(0), now: at(151)).request == 4)
        #expect(scheduler.finished(WorkerID(0), now: at(152)).request == 3)
        // Only 2 is left, which is the oldest and the newest.
        #expect(scheduler.finished(WorkerID(0), now: at(153)).request == 2)
    }

    @Test func theOldestIsServedFirstAgainOnceTheHeadIsBelowTheTarget() {
        var scheduler = scheduler([turning(after: 100, timeout: 200)])
        for request in 0...2 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(0)) }
        for request in 3...5 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(150 + request)) }
        #expect(scheduler.finished(WorkerID(0), now: at(160)).request == 5)
        // 1 and 2 have timed out: what waits now is young.
        #expect(scheduler.finished(WorkerID(0), now: at(210)).request == 3)
    }

    @Test func aNewArrivalIsNotHopelessWhereTheNewestIsServedFirst() {
        for (target, isHopeless) in [(100, false), (1_000, true)] {
            var scheduler = scheduler([turning(after: target, timeout: 1_000)])
            for round in 0..<8 {
                _ = scheduler.arrive(round, lane: 0, loop: 0, now: at(round * 1_000))
                _ = scheduler.finished(WorkerID(0), now: at(round * 1_000 + 900))
            }
            for request in 0..<2 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(9_000)) }
            let third = scheduler.arrive(9, lane: 0, loop: 0, now: at(9_000))
            #expect((third.shed?.reason == .hopeless) == isHopeless)
        }
    }

    /// At twice the capacity for a minute: all that is served is served soon, and as many as there is capacity for.
    @Test func inAnOverloadThatLastsThoseServedAreServedSoon() {
        var scheduler = scheduler([turning(after: 100, limit: 1_000, timeout: 2_000)])
        var waits: [Double] = []
        for step in 0..<6_000 {
            _ = scheduler.arrive(step, lane: 0, loop: 0, now: at(step * 10))
            scheduler.expire(now: at(step * 10)) { _, _ in }
            guard step % 2 == 1 else { continue }
            let next = scheduler.finished(WorkerID(0), now: at(step * 10 + 5)).handedOut
            if let next { waits.append(next.waited.milliseconds) }
        }
        waits.sort()
        #expect(waits.count > 2_990)
        #expect(waits[waits.count * 99 / 100] < 120)
    }

    // MARK: The app's limit

    @Test func noMoreRunThanTheLimitAllowsAndLoweringInterruptsNothing() {
        var scheduler = scheduler([lane()], workers: 4)
        for request in 0..<3 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(0)) }
        scheduler.concurrencyLimit = 2
        #expect(scheduler.arrive(3, lane: 0, loop: 0, now: at(1)).ticket != nil)
        #expect(scheduler.snapshot(now: at(1)).running == 3)
        #expect(scheduler.snapshot(now: at(1)).concurrencyLimit == 2)
        #expect(scheduler.finished(WorkerID(3), now: at(2)).handedOut == nil)
        #expect(scheduler.finished(WorkerID(2), now: at(3)).request == 3)
        #expect(scheduler.addWorker(WorkerID(4), loop: 0, now: at(4)).handedOut == nil)
    }

    @Test func aRaisedLimitHandsOutWhatWaits() {
        var scheduler = scheduler([lane(), lane("bulk", concurrency: 1)], workers: 5)
        scheduler.concurrencyLimit = 1
        for request in 0..<4 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(request)) }
        for request in 10..<12 { _ = scheduler.arrive(request, lane: 1, loop: 0, now: at(request)) }
        #expect(scheduler.nextRunnable(now: at(20)).handedOut == nil)
        scheduler.concurrencyLimit = 3
        #expect(scheduler.nextRunnable(now: at(20)).handedOut != nil)
        #expect(scheduler.nextRunnable(now: at(20)).handedOut != nil)
        #expect(scheduler.nextRunnable(now: at(20)).handedOut == nil)
        scheduler.concurrencyLimit = nil
        while scheduler.nextRunnable(now: at(20)).handedOut != nil {}
        let snapshot = scheduler.snapshot(now: at(20))
        // All workers are busy, or what waits is beyond its lane's concurrency.
        #expect(snapshot.running == 5 && snapshot.idle == 0 && snapshot.queued == 1)
    }

    @Test func aWorkerThatDiesUnderALimitMakesRoomForAnyLane() {
        var scheduler = scheduler([lane(), lane("bulk")], workers: 3)
        scheduler.concurrencyLimit = 1
        #expect(scheduler.arrive(1, lane: 0, loop: 0, now: at(0)).worker == 2)
        _ = scheduler.arrive(2, lane: 1, loop: 0, now: at(1))
        #expect(
            scheduler.removeWorker(WorkerID(2), now: at(5)).handedOut
                == HandedOut(request: 2, worker: 1, lane: 1, waited: .milliseconds(4)))
    }

    @Test func itIsDrainedWhenNothingWaitsAndNothingRuns() throws {
        var scheduler = scheduler([lane()])
        func isDrained() -> Bool { scheduler.isDrained }
        #expect(isDrained())
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        let ticket = try #require(scheduler.arrive(2, lane: 0, loop: 0, now: at(0)).ticket)
        #expect(!isDrained())
        _ = scheduler.cancel(ticket)
        #expect(!isDrained())
        _ = scheduler.finished(WorkerID(0), now: at(1))
        #expect(isDrained())
    }

    // MARK: Again

    @Test func aRequestWhoseWorkerDiedGoesAheadBeyondTheLimit() {
        var scheduler = scheduler([lane(limit: 2)], workers: 2)
        for request in 0..<4 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(request)) }
        #expect(scheduler.arrive(9, lane: 0, loop: 0, now: at(5)).shed?.reason == .queueFull)
        #expect(scheduler.removeWorker(WorkerID(1), now: at(50)).handedOut == nil)
        #expect(scheduler.arriveAgain(0, lane: 0, loop: 0, arrived: at(0), now: at(50)).ticket != nil)
        #expect(
            scheduler.finished(WorkerID(0), now: at(60)).handedOut
                == HandedOut(request: 0, worker: 0, waited: .milliseconds(60)))
        #expect(scheduler.finished(WorkerID(0), now: at(70)).request == 2)
        let snapshot = scheduler.snapshot(now: at(70))
        #expect(snapshot.retried == 1 && snapshot.lanes[0].retried == 1 && snapshot.interrupted == 1)
    }

    @Test func aRequestThatComesAgainRunsAtOnceIfItMay() {
        var scheduler = scheduler([lane()], workers: 2)
        #expect(scheduler.arrive(1, lane: 0, loop: 0, now: at(0)).worker == 1)
        #expect(scheduler.removeWorker(WorkerID(1), now: at(5)).handedOut == nil)
        #expect(scheduler.arriveAgain(1, lane: 0, loop: 0, arrived: at(0), now: at(5)).worker == 0)
    }

    @Test func aRequestThatComesAgainTakesTheRoomItsWorkerLeaves() {
        var scheduler = scheduler([lane(concurrency: 1)], workers: 2)
        for request in 1...2 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(request)) }
        #expect(scheduler.arriveAgain(1, lane: 0, loop: 0, arrived: at(1), now: at(9)).ticket != nil)
        #expect(scheduler.removeWorker(WorkerID(1), now: at(9)).request == 1)
    }

    @Test func aRequestThatComesAgainKeepsItsDeadline() {
        var scheduler = scheduler([lane(timeout: 100)], workers: 1)
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        _ = scheduler.arrive(2, lane: 0, loop: 0, now: at(50))
        #expect(scheduler.arriveAgain(3, lane: 0, loop: 0, arrived: at(10), now: at(60)).ticket != nil)
        var expired: [Int] = []
        scheduler.expire(now: at(110)) { request, _ in expired.append(request) }
        #expect(expired == [3])
        #expect(scheduler.arriveAgain(4, lane: 0, loop: 0, arrived: at(10), now: at(110)).shed?.reason == .timeout)
        scheduler.isAvailable = false
        #expect(scheduler.arriveAgain(5, lane: 0, loop: 0, arrived: at(110), now: at(111)).shed?.reason == .unavailable)
        #expect(scheduler.snapshot(now: at(111)).retried == 3)
    }
}

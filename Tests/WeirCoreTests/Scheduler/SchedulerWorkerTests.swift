import Testing
import WeirCore

@Suite struct SchedulerWorkerTests {
    @Test func theWorkerThatWorkedLastIsTheFirstToWorkAgain() {
        var scheduler = Scheduler<Int>(lanes: [lane()], loops: 1)
        for worker in 0..<3 { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: at(worker)) }
        #expect(scheduler.arrive(1, lane: 0, loop: 0, now: at(10)).worker == 2)
        #expect(scheduler.arrive(2, lane: 0, loop: 0, now: at(10)).worker == 1)
        _ = scheduler.finished(WorkerID(2), now: at(20))
        #expect(scheduler.arrive(3, lane: 0, loop: 0, now: at(30)).worker == 2)
        #expect(scheduler.longestIdle?.worker == WorkerID(0))
        #expect(scheduler.longestIdle?.since == at(0))
    }

    @Test func aRequestPrefersItsOwnLoopAndTakesAnotherRatherThanWait() {
        var scheduler = Scheduler<Int>(lanes: [lane()], loops: 3)
        for (worker, loop) in [0, 1, 2, 2].enumerated() {
            _ = scheduler.addWorker(WorkerID(worker), loop: loop, now: at(0))
        }
        #expect(scheduler.arrive(1, lane: 0, loop: 0, now: at(1)).worker == 0)
        // Its own loop has none left: the one with most to spare lends one.
        #expect(scheduler.arrive(2, lane: 0, loop: 0, now: at(1)).worker == 3)
        #expect(scheduler.arrive(3, lane: 0, loop: 1, now: at(1)).worker == 1)
        #expect(scheduler.arrive(4, lane: 0, loop: 1, now: at(1)).worker == 2)
        #expect(scheduler.arrive(5, lane: 0, loop: 2, now: at(1)).ticket != nil)
    }

    @Test func aWorkerPrefersItsOwnLoopWithinTheSlack() {
        var scheduler = Scheduler<Int>(lanes: [lane()], loops: 2, affinitySlack: .milliseconds(2))
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        _ = scheduler.arrive(2, lane: 0, loop: 1, now: at(1))
        _ = scheduler.arrive(3, lane: 0, loop: 0, now: at(3))
        _ = scheduler.arrive(4, lane: 0, loop: 0, now: at(4))
        #expect(scheduler.finished(WorkerID(0), now: at(10)).request == 3)
        // 4 came 3 ms after 2: the older one is not passed over again.
        #expect(scheduler.finished(WorkerID(0), now: at(11)).request == 2)
        #expect(scheduler.finished(WorkerID(0), now: at(12)).request == 4)
    }

    @Test func aLaneTakesNoMoreThanItsConcurrency() {
        var scheduler = Scheduler<Int>(lanes: [lane(), lane("bulk", concurrency: 2)], loops: 1)
        for worker in 0..<4 { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: at(0)) }
        #expect(scheduler.arrive(1, lane: 1, loop: 0, now: at(0)).worker != nil)
        #expect(scheduler.arrive(2, lane: 1, loop: 0, now: at(0)).worker != nil)
        #expect(scheduler.arrive(3, lane: 1, loop: 0, now: at(0)).ticket != nil)
        #expect(scheduler.arrive(4, lane: 0, loop: 0, now: at(1)).worker == 1)
        #expect(scheduler.finished(WorkerID(1), now: at(2)).handedOut == nil)
        #expect(
            scheduler.finished(WorkerID(3), now: at(3)).handedOut
                == HandedOut(request: 3, worker: 3, lane: 1, waited: .milliseconds(3)))
    }

    @Test func theOldestOfTheLanesThatMayRunIsNext() {
        var scheduler = Scheduler<Int>(lanes: [lane(), lane("bulk", concurrency: 1)], loops: 1)
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        _ = scheduler.addWorker(WorkerID(1), loop: 0, now: at(0))
        _ = scheduler.arrive(1, lane: 1, loop: 0, now: at(0))  // runs on 1
        _ = scheduler.arrive(2, lane: 0, loop: 0, now: at(0))  // runs on 0
        _ = scheduler.arrive(3, lane: 1, loop: 0, now: at(1))
        _ = scheduler.arrive(4, lane: 0, loop: 0, now: at(20))
        // Bulk is at its concurrency, so the younger request of the default lane goes first.
        #expect(scheduler.finished(WorkerID(0), now: at(30)).request == 4)
        _ = scheduler.arrive(5, lane: 0, loop: 0, now: at(40))
        #expect(scheduler.finished(WorkerID(1), now: at(50)).request == 3)
    }

    @Test func aLaneAtItsConcurrencyKeepsNoOtherLaneWaiting() {
        var scheduler = Scheduler<Int>(lanes: [lane(), lane("bulk", concurrency: 1)], loops: 1)
        for worker in 0..<2 { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: at(0)) }
        for request in 0..<50 { _ = scheduler.arrive(request, lane: 1, loop: 0, now: at(0)) }
        #expect(scheduler.arrive(99, lane: 0, loop: 0, now: at(1)).worker != nil)
    }

    @Test func aWorkerThatDiesBusyMakesRoomInItsLane() {
        var scheduler = Scheduler<Int>(lanes: [lane(), lane("bulk", concurrency: 1)], loops: 1)
        for worker in 0..<2 { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: at(0)) }
        #expect(scheduler.arrive(1, lane: 1, loop: 0, now: at(0)).worker == 1)
        _ = scheduler.arrive(2, lane: 1, loop: 0, now: at(5))
        #expect(
            scheduler.removeWorker(WorkerID(1), now: at(9)).handedOut
                == HandedOut(request: 2, worker: 0, lane: 1, waited: .milliseconds(4)))
        #expect(scheduler.snapshot(now: at(9)).interrupted == 1)
    }

    @Test func aLostRequestIsNotCompletedAndItsWorkerTakesTheNext() {
        var scheduler = Scheduler<Int>(lanes: [lane()], loops: 1)
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        for request in 1...3 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(0)) }
        #expect(scheduler.lost(WorkerID(0), now: at(1)).request == 2)
        #expect(scheduler.retireWorker(WorkerID(0)) == false)
        #expect(scheduler.lost(WorkerID(0), now: at(2)).handedOut == nil)
        #expect(scheduler.lost(WorkerID(0), now: at(3)).handedOut == nil, "old news")
        let snapshot = scheduler.snapshot(now: at(3))
        #expect(snapshot.interrupted == 2 && snapshot.completed == 0 && snapshot.meanServiceTime == nil)
        #expect(snapshot.running == 0 && snapshot.live == 0 && snapshot.queued == 1)
    }

    @Test func aRetiredWorkerFinishesItsRequestAndTakesNoOther() {
        var scheduler = Scheduler<Int>(lanes: [lane()], loops: 1)
        for worker in 0..<2 { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: at(0)) }
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(1))
        let busyIsOut = scheduler.retireWorker(WorkerID(1))
        let idleIsOut = scheduler.retireWorker(WorkerID(0))
        #expect(!busyIsOut && idleIsOut)
        #expect(scheduler.arrive(2, lane: 0, loop: 0, now: at(2)).ticket != nil)
        #expect(scheduler.finished(WorkerID(1), now: at(3)).handedOut == nil)
        #expect(scheduler.snapshot(now: at(3)).completed == 1)
        #expect(scheduler.snapshot(now: at(3)).live == 0)
        #expect(scheduler.addWorker(WorkerID(1), loop: 0, now: at(4)).request == 2)
    }

    @Test func oldNewsOfAWorkerThatIsGoneChangesNothing() {
        var scheduler = Scheduler<Int>(lanes: [lane()], loops: 1)
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        _ = scheduler.arrive(1, lane: 0, loop: 0, now: at(0))
        _ = scheduler.removeWorker(WorkerID(0), now: at(1))
        #expect(scheduler.finished(WorkerID(0), now: at(2)).handedOut == nil)
        #expect(scheduler.removeWorker(WorkerID(0), now: at(2)).handedOut == nil)
        #expect(scheduler.removeWorker(WorkerID(40), now: at(2)).handedOut == nil)
        let isOut = scheduler.retireWorker(WorkerID(0))
        #expect(isOut)
        #expect(scheduler.snapshot(now: at(2)).running == 0)
        #expect(scheduler.snapshot(now: at(2)).completed == 0)
    }
}

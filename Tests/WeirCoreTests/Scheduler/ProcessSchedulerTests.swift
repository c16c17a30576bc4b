import Testing
import WeirCore

/// Workers that run many requests at once.
@Suite struct ProcessSchedulerTests {
    private func scheduler(
        _ lanes: [LanePolicy] = [lane()], places: Int = 4, slowStart: Int = 0, workers: Int = 2
    ) -> Scheduler<Int> {
        var scheduler = Scheduler<Int>(
            lanes: lanes, loops: 2,
            balance: .leastOutstanding(placesPerWorker: places, slowStart: .milliseconds(slowStart)))
        for worker in 0..<workers { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: .zero) }
        return scheduler
    }

    /// The workers that so many requests go to.
    private func spread(_ scheduler: inout Scheduler<Int>, _ requests: Int, now: Instant = .zero) -> [Int?] {
        (0..<requests).map { request in
            let place = scheduler.arrive(request, lane: 0, loop: 0, now: now).worker
            return place.map { scheduler.worker(of: WorkerID($0)).index }
        }
    }

    private func drain(_ scheduler: inout Scheduler<Int>, now: Instant) -> [HandedOut] {
        var handedOut: [HandedOut] = []
        while let next = scheduler.nextRunnable(now: now).handedOut { handedOut.append(next) }
        return handedOut
    }

    @Test("a request goes to the process with the fewest")
    func fewestFirst() {
        var scheduler = scheduler(workers: 3)
        #expect(spread(&scheduler, 12) == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
        for place in [4, 5, 10] { _ = scheduler.finished(WorkerID(place), now: at(1)) }
        #expect(spread(&scheduler, 4, now: at(2)) == [1, 2, 1, nil])
    }

    @Test("idle processes share the work")
    func idleOnesTakeTurns() {
        var scheduler = scheduler(workers: 3)
        for expected in [0, 1, 2, 0, 1, 2] {
            let place = scheduler.arrive(1, lane: 0, loop: 0, now: at(1)).worker ?? -1
            #expect(place / 4 == expected)
            _ = scheduler.finished(WorkerID(place), now: at(2))
        }
    }

    @Test("requests of all event loops run in order of arrival")
    func firstComeFirstServed() {
        var scheduler = scheduler(places: 1, workers: 1)
        for request in 0..<5 { _ = scheduler.arrive(request, lane: 0, loop: request % 2, now: at(request)) }
        #expect((1...4).map { scheduler.finished(WorkerID(0), now: at(10 + $0)).request } == [1, 2, 3, 4])
    }

    @Test("a fresh process is handed everything that waits, one by one")
    func aFreshOneTakesWhatWaits() {
        var scheduler = scheduler(places: 4, slowStart: 10_000, workers: 0)
        for request in 0..<6 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(0)) }
        #expect(scheduler.addWorker(WorkerID(0), loop: 0, now: at(5)).request == 0)
        #expect(drain(&scheduler, now: at(5)).map(\.request) == [1, 2, 3])
        #expect(scheduler.finished(WorkerID(2), now: at(6)).handedOut?.worker == 2)
    }

    @Test("the worked row of the slow start holds")
    func slowStart() {
        var scheduler = scheduler(places: 10, slowStart: 1_000, workers: 1)
        _ = spread(&scheduler, 3, now: at(2_000))
        _ = scheduler.addWorker(WorkerID(1), loop: 0, now: at(2_000))
        #expect(spread(&scheduler, 7, now: at(2_000)) == [0, 0, 0, 0, 0, 0, 1])
    }

    @Test("half way through its slow start a process has its first request beside one of another's")
    func halfWarm() {
        var scheduler = scheduler(places: 10, slowStart: 1_000, workers: 1)
        _ = scheduler.addWorker(WorkerID(1), loop: 0, now: at(2_000))
        #expect(spread(&scheduler, 2, now: at(2_500)) == [0, 1])
    }

    @Test("a short pause cools a process by as long, a long one altogether")
    func coolsWhileSuspended() {
        for (pause, spreadAfter) in [(0, [0, 1]), (100, [0, 1]), (700, [0, 0]), (60_000, [0, 0])] {
            var scheduler = scheduler(places: 10, slowStart: 1_000)
            scheduler.suspend(WorkerID(1), true, now: at(5_000))
            scheduler.suspend(WorkerID(1), false, now: at(5_000 + pause))
            #expect(spread(&scheduler, 2, now: at(5_000 + pause)) == spreadAfter, "after \(pause) ms")
        }
    }

    @Test("a suspended process gets nothing while another is well, even when that one is full")
    func suspended() {
        var scheduler = scheduler(places: 2)
        scheduler.suspend(WorkerID(0), true, now: at(0))
        #expect(spread(&scheduler, 3) == [1, 1, nil])
        #expect(scheduler.snapshot(now: at(0)).suspended == 1)
        #expect(scheduler.snapshot(now: at(0)).idle == 0)
        scheduler.suspend(WorkerID(0), false, now: at(5))
        #expect(drain(&scheduler, now: at(5)).map(\.worker) == [0])
    }

    @Test("when all are suspended the app goes on")
    func allSuspended() {
        var scheduler = scheduler(places: 2)
        scheduler.suspend(WorkerID(0), true, now: at(0))
        #expect(spread(&scheduler, 3) == [1, 1, nil])
        scheduler.suspend(WorkerID(1), true, now: at(0))
        #expect(drain(&scheduler, now: at(0)).map(\.worker) == [0])
    }

    @Test("who is suspended no more does not count as well once it retires")
    func allOthersRetire() {
        var scheduler = scheduler(places: 2)
        scheduler.suspend(WorkerID(0), true, now: at(0))
        #expect(spread(&scheduler, 3) == [1, 1, nil])
        let isOut = scheduler.retireWorker(WorkerID(1))
        #expect(!isOut)
        #expect(drain(&scheduler, now: at(1)).map(\.worker) == [0])
    }

    @Test("a retired process keeps its requests, takes no other and is out after the last")
    func retires() {
        var scheduler = scheduler(places: 3)
        _ = spread(&scheduler, 4)
        let isOut = scheduler.retireWorker(WorkerID(0))
        #expect(!isOut)
        #expect(spread(&scheduler, 2, now: at(1)) == [1, nil])
        #expect(scheduler.finished(WorkerID(0), now: at(2)).handedOut == nil)
        #expect(scheduler.snapshot(now: at(2)).live == 4)
        #expect(scheduler.finished(WorkerID(1), now: at(2)).handedOut == nil)
        #expect(scheduler.snapshot(now: at(2)).live == 3)
        let isOutNow = scheduler.retireWorker(WorkerID(0))
        #expect(isOutNow)
        #expect(scheduler.addWorker(WorkerID(0), loop: 0, now: at(3)).handedOut?.worker == 0)
    }

    @Test("a process that is gone interrupts what it ran, and others take what waits")
    func removed() {
        var scheduler = scheduler([lane(), lane("bulk", concurrency: 1)], places: 2)
        _ = spread(&scheduler, 3)
        #expect(scheduler.arrive(10, lane: 1, loop: 0, now: at(0)).worker == 3)
        _ = scheduler.arrive(11, lane: 1, loop: 0, now: at(0))
        _ = scheduler.arrive(12, lane: 0, loop: 0, now: at(0))
        #expect(scheduler.removeWorker(WorkerID(1), now: at(1)).handedOut == nil)
        #expect(scheduler.finished(WorkerID(0), now: at(2)).handedOut?.worker == 0)
        let snapshot = scheduler.snapshot(now: at(2))
        #expect(snapshot.interrupted == 2 && snapshot.completed == 1 && snapshot.running == 2 && snapshot.live == 2)
        #expect(scheduler.finished(WorkerID(3), now: at(3)).handedOut == nil, "old news")
    }

    @Test("a lost request leaves its place to the next, and its process goes on")
    func lost() {
        var scheduler = scheduler(places: 1, workers: 1)
        _ = spread(&scheduler, 2)
        #expect(scheduler.lost(WorkerID(0), now: at(1)).request == 1)
        #expect(scheduler.lost(WorkerID(7), now: at(1)).handedOut == nil)
        let snapshot = scheduler.snapshot(now: at(1))
        #expect(snapshot.interrupted == 1 && snapshot.completed == 0 && snapshot.running == 1)
    }

    @Test("the app's limit holds across processes")
    func limit() {
        var scheduler = scheduler(places: 10)
        scheduler.concurrencyLimit = 3
        #expect(spread(&scheduler, 5) == [0, 1, 0, nil, nil])
        scheduler.concurrencyLimit = nil
        #expect(drain(&scheduler, now: at(1)).map { $0.worker / 10 } == [1, 0])
    }

    @Test("the snapshot tells who runs how much")
    func snapshot() {
        var scheduler = scheduler(places: 4)
        _ = spread(&scheduler, 3)
        scheduler.suspend(WorkerID(1), true, now: at(0))
        _ = scheduler.retireWorker(WorkerID(0))
        let snapshot = scheduler.snapshot(now: at(0))
        #expect(snapshot.outstanding.map(\.running) == [2, 1])
        #expect(snapshot.outstanding.map(\.isRetiring) == [true, false])
        #expect(snapshot.outstanding.map(\.isSuspended) == [false, true])
        #expect(snapshot.live == 6 && snapshot.idle == 3, "the suspended one is all there is")
        let onePlace = Scheduler<Int>(lanes: [lane()], loops: 1)
        #expect(onePlace.snapshot(now: at(0)).outstanding.isEmpty)
        #expect(onePlace.worker(of: WorkerID(7)) == WorkerID(7))
    }
}

import Testing

@testable import WeirCore

@Suite("One request at a time where loops that block take the time")
struct RestraintTests {
    /// After so many of 200 requests in turn that block for 200 ms, that wait for 100 ms, and the rest.
    private func isOn(blocks: Int, waits: Int = 0, others: Nanoseconds, of rounds: Int = 10) -> Bool {
        var restraint = Restraint()
        for _ in 0..<rounds {
            for number in 0..<200 {
                if number % 50 == 0, number / 50 < blocks {
                    restraint.blocked(for: .milliseconds(200))
                } else if number < waits {
                    restraint.answered(after: .milliseconds(100))
                } else {
                    restraint.answered(after: others)
                }
            }
        }
        return restraint.isOn
    }

    @Test("the worked rows hold")
    func workedRows() {
        #expect(isOn(blocks: 4, others: .milliseconds(1)))
        #expect(!isOn(blocks: 4, waits: 2, others: .milliseconds(1)))
        #expect(!isOn(blocks: 4, others: .milliseconds(4)))
    }

    @Test("without a report it is never on")
    func noReports() {
        #expect(!isOn(blocks: 0, others: .zero))
        #expect(!isOn(blocks: 0, others: .microseconds(10)))
    }

    @Test("a block of long ago is forgotten")
    func forgets() {
        var restraint = Restraint()
        restraint.blocked(for: .seconds(1))
        #expect(restraint.isOn)
        for _ in 0..<2_000 { restraint.answered(after: .milliseconds(1)) }
        #expect(!restraint.isOn)
    }

    @Test("how long a request waits does not count beyond what a report takes")
    func bounded() {
        var (long, longer) = (Restraint(), Restraint())
        for _ in 0..<10 {
            long.answered(after: .milliseconds(100))
            longer.answered(after: .seconds(20))
        }
        for _ in 0..<200 {
            long.blocked(for: .milliseconds(200))
            longer.blocked(for: .milliseconds(200))
            #expect(long.isOn == longer.isOn)
        }
        #expect(longer.isOn)
    }
}

/// What the queue makes of it, and of processes that stand still.
@Suite struct StuckProcessTests {
    /// Two processes of 10 places; the first has stood still under its request, for 200 ms.
    private func afterABlock() -> Scheduler<Int> {
        var scheduler = Scheduler<Int>(
            lanes: [lane()], loops: 1, balance: .leastOutstanding(placesPerWorker: 10, slowStart: .zero))
        for worker in 0..<2 { _ = scheduler.addWorker(WorkerID(worker), loop: 0, now: at(0)) }
        _ = scheduler.arrive(0, lane: 0, loop: 0, now: at(0))
        scheduler.setStuck(WorkerID(0), true, now: at(70))
        _ = scheduler.finished(WorkerID(0), now: at(200))
        return scheduler
    }

    /// The processes that so many requests go to.
    private func spread(_ scheduler: inout Scheduler<Int>, _ requests: Int, now: Instant) -> [Int?] {
        (0..<requests).map { scheduler.arrive($0, lane: 0, loop: 0, now: now).worker.map { $0 / 10 } }
    }

    @Test("after a block a process gets its next request when it has answered the one before")
    func oneByOne() {
        var scheduler = afterABlock()
        #expect(spread(&scheduler, 4, now: at(201)) == [1, 0, nil, nil])
        #expect(scheduler.snapshot(now: at(201)).idle == 0)
        #expect(scheduler.finished(WorkerID(10), now: at(202)).handedOut?.worker == 10)
        #expect(scheduler.nextRunnable(now: at(202)).handedOut == nil)
        #expect(scheduler.finished(WorkerID(0), now: at(203)).handedOut?.worker == 0)
    }

    @Test("one that neither answers nor is reported gets another after 100 ms")
    func alive() {
        var scheduler = afterABlock()
        _ = spread(&scheduler, 3, now: at(201))
        #expect(scheduler.nextRunnable(now: at(300)).handedOut == nil)
        #expect(scheduler.snapshot(now: at(301)).idle == 2)
        #expect(scheduler.nextRunnable(now: at(301)).handedOut != nil)
    }

    @Test("before any block a process has several at once")
    func severalAtOnce() {
        var scheduler = Scheduler<Int>(
            lanes: [lane()], loops: 1, balance: .leastOutstanding(placesPerWorker: 10, slowStart: .zero))
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        #expect(spread(&scheduler, 3, now: at(1)) == [0, 0, 0])
    }

    @Test("a stuck process gets nothing, and moves when it has answered what it was given last")
    func movesWithItsLastAnswer() {
        var scheduler = Scheduler<Int>(
            lanes: [lane()], loops: 1, balance: .leastOutstanding(placesPerWorker: 10, slowStart: .zero))
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        #expect(spread(&scheduler, 2, now: at(1)) == [0, 0])
        scheduler.setStuck(WorkerID(0), true, now: at(70))
        #expect(spread(&scheduler, 2, now: at(71)) == [nil, nil])
        #expect(scheduler.finished(WorkerID(0), now: at(200)).handedOut == nil, "the other may block as well")
        #expect(scheduler.finished(WorkerID(1), now: at(201)).handedOut != nil)
    }

    @Test("a stuck process that goes on before it answers takes what waits")
    func goesOn() {
        var scheduler = Scheduler<Int>(
            lanes: [lane()], loops: 1, balance: .leastOutstanding(placesPerWorker: 10, slowStart: .zero))
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        _ = spread(&scheduler, 1, now: at(1))
        scheduler.setStuck(WorkerID(0), true, now: at(70))
        #expect(spread(&scheduler, 1, now: at(71)) == [nil])
        scheduler.setStuck(WorkerID(0), false, now: at(150))
        #expect(scheduler.nextRunnable(now: at(150)).handedOut != nil)
    }
}

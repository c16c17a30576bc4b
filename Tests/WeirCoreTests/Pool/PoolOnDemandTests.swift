import Testing
import WeirCore

@Suite struct PoolOnDemandTests {
    private func pool(max: Int = 4) -> PoolStateMachine {
        .up(PoolConfiguration(manager: .ondemand(idleTimeout: .seconds(2), max: max)))
    }

    @Test func nobodyIsStartedUntilARequestWaits() {
        var pool = pool()
        pool.pass(until: 3_000)
        #expect(pool.status.forkServer == .ready && pool.status.target == 0)
        #expect(pool.status.isAvailable, "a request has every prospect")
        #expect(pool.demand(queued: 1, now: at(3_010)) == [.spawn(WorkerID(0))])
    }

    @Test func eachRequestThatWaitsGetsAWorkerAndWhatStartsCounts() {
        var pool = pool()
        for waiting in 1...4 {
            #expect(pool.demand(queued: waiting, now: at(waiting)) == [.spawn(WorkerID(waiting - 1))])
        }
        #expect(pool.demand(queued: 5, now: at(5)) == [], "the maximum")
        #expect(pool.tick(queued: 5, now: at(100)) == [])
        #expect(pool.tick(queued: 6, now: at(200)) == [])
        #expect(pool.status.tally.maxReached == 1)
    }

    @Test func aRequestThatWaitsForItsLaneStartsNobody() {
        var pool = pool()
        pool.bringUp(pool.demand(queued: 1, now: at(1)), now: at(2))
        #expect(pool.demand(queued: 9, now: at(3)) == [])
        #expect(pool.tick(queued: 9, now: at(100)) == [])
    }

    @Test func requestsThatCameBeforeTheForkServerWasReadyAreNotForgotten() {
        var pool = PoolStateMachine(PoolConfiguration(manager: .ondemand(idleTimeout: .seconds(2), max: 4)), seed: 1)
        _ = pool.start(now: .zero)
        #expect(pool.demand(queued: 1, now: at(1)) == [])
        #expect(pool.demand(queued: 2, now: at(2)) == [])
        #expect(pool.forkServerReady(now: at(3)) == [.spawn(WorkerID(0)), .spawn(WorkerID(1))])
    }

    @Test func whoWasIdleForLongEnoughLeavesAndIsNotReplaced() {
        var pool = pool()
        pool.bringUp(pool.demand(queued: 2, now: at(0)), now: at(0))
        _ = pool.serve(WorkerID(1), now: at(1_000))
        pool.pass(until: 2_000)
        #expect(pool.tick(queued: 0, now: at(2_000)) == [.retire(WorkerID(0))])
        #expect(pool.workerExited(WorkerID(0), reason: "exit status 0", now: at(2_010)) == [])
        #expect(pool.tick(queued: 0, now: at(3_000)) == [.retire(WorkerID(1))])
        #expect(pool.workerExited(WorkerID(1), reason: "exit status 0", now: at(3_010)) == [])
        #expect(pool.status.isAvailable && pool.status.target == 0)
        #expect(pool.status.tally.recycles.total == 0, "nobody was replaced")
    }

    /// While it is known to be down nobody waits for it, so that it has to find out by itself that it is not.
    @Test func anAppThatWasDownFindsOutThatItWorksAgain() {
        var pool = pool()
        pool.failBoots(pool.demand(queued: 1, now: at(0)), now: at(0))
        #expect(!pool.status.isAvailable)
        _ = pool.forkServerExited(reason: "signal 9", now: at(1))
        let start = pool.tick(queued: 0, now: at(200))
        #expect(start == [.startForkServer])
        let retry = pool.forkServerReady(now: at(400))
        #expect(retry == [.spawn(WorkerID(0))])
        pool.bringUp(retry, now: at(400))
        #expect(pool.status.isAvailable)
        #expect(pool.tick(queued: 0, now: at(2_400)) == [.retire(WorkerID(0))])
        #expect(pool.status.isAvailable)
    }

    @Test func aDynamicPoolStartsOneAtOnceWhenNobodyIsThere() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .dynamic(start: 1, minSpare: 1, maxSpare: 2, max: 4)))
        #expect(pool.demand(queued: 1, now: at(0)) == [], "one is idle")
        pool.requestStarted(WorkerID(0), now: at(1))
        #expect(pool.demand(queued: 3, now: at(2)) == [.spawn(WorkerID(1))])
        #expect(pool.demand(queued: 4, now: at(3)) == [], "one is starting")
    }

    @Test func aStaticPoolHasWhatItHas() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 1)))
        pool.requestStarted(WorkerID(0), now: at(1))
        #expect(pool.demand(queued: 3, now: at(2)) == [])
    }
}

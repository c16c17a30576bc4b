import Testing
import WeirCore

@Suite struct PoolClockTests {
    private let hour = 3_600_000

    @Test func aSuspensionCostsNobody() {
        var pool = PoolStateMachine.up(
            PoolConfiguration(
                manager: .static(count: 4), maxLifetime: .minutes(10), bootTimeout: .seconds(5),
                requestTimeout: .seconds(30), drainTimeout: .seconds(10), slowAfter: .seconds(20)))
        pool.requestStarted(WorkerID(0), now: at(0))
        _ = pool.setMaximum(3, now: at(0))
        _ = pool.serve(WorkerID(2), now: at(1))
        _ = pool.workerExited(WorkerID(2), reason: "signal 11", now: at(2))
        #expect(pool.status.busy == 1 && pool.status.starting == 1 && pool.status.leaving == 1)
        #expect(pool.tick(queued: 0, now: at(100)) == [])
        #expect(pool.tick(queued: 0, now: at(hour)) == [])
        #expect(pool.status.tally.slowRequests == 0 && pool.status.due == 0)
    }

    @Test func timeAfterASuspensionCountsAndSoDoesThatBefore() {
        var pool = PoolStateMachine.up(
            PoolConfiguration(manager: .static(count: 1), requestTimeout: .seconds(30)))
        pool.requestStarted(WorkerID(0), now: at(0))
        pool.pass(until: 20_000)
        #expect(pool.tick(queued: 0, now: at(20_000)) == [])
        pool.pass(from: hour, until: hour + 10_000)
        let actions = pool.tick(queued: 0, now: at(hour + 10_001))
        #expect(actions.first == .kill(WorkerID(0), reason: .requestTimeout))
    }

    @Test func aWorkerStartedSinceIsNotYoungerThanItIs() {
        var pool = PoolStateMachine.up(
            PoolConfiguration(manager: .static(count: 1), requestTimeout: .seconds(3)))
        _ = pool.tick(queued: 0, now: at(100))
        pool.requestStarted(WorkerID(0), now: at(hour))
        #expect(pool.tick(queued: 0, now: at(hour + 50)) == [])
        #expect(pool.tick(queued: 0, now: at(hour + 3_000)) == [])
        #expect(pool.tick(queued: 0, now: at(hour + 3_100)).first == .kill(WorkerID(0), reason: .requestTimeout))
    }

    @Test func aForkServerThatStartsIsForgivenToo() {
        var pool = PoolStateMachine(PoolConfiguration(manager: .static(count: 1), bootTimeout: .seconds(5)), seed: 1)
        _ = pool.start(now: .zero)
        #expect(pool.tick(queued: 0, now: at(hour)) == [])
        #expect(pool.tick(queued: 0, now: at(hour + 4_900)) == [])
        #expect(pool.tick(queued: 0, now: at(hour + 5_100)) == [.killForkServer])
    }

    @Test func idleWorkersOfAnOnDemandPoolAreForgiven() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .ondemand(idleTimeout: .seconds(10), max: 2)))
        pool.bringUp(pool.demand(queued: 1, now: at(0)), now: at(0))
        #expect(pool.tick(queued: 0, now: at(100)) == [])
        #expect(pool.tick(queued: 0, now: at(hour)) == [])
        #expect(pool.status.idle == 1)
    }

    @Test func aClockThatGoesBackKillsNobody() {
        var pool = PoolStateMachine.up(
            PoolConfiguration(manager: .static(count: 2), maxLifetime: .seconds(60), requestTimeout: .seconds(1)))
        pool.pass(until: 10_000)
        pool.requestStarted(WorkerID(0), now: at(10_000))
        #expect(pool.tick(queued: 0, now: at(8_000)) == [])
        #expect(pool.requestFinished(WorkerID(0), now: at(8_100)) == [])
        #expect(pool.tick(queued: 0, now: at(8_200)) == [])
    }
}

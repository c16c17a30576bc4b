import Testing
import WeirCore

@Suite struct PoolReplaceTests {
    private let three = PoolConfiguration(manager: .static(count: 3))

    /// Successors come up, and who was told to leave leaves, before the next of ten ticks. Who left, by tick.
    private func roll(_ pool: inout PoolStateMachine, from start: Int = 0) -> [Int: [WorkerID]] {
        var left: [Int: [WorkerID]] = [:]
        for step in 1...10 {
            let now = at(start + step * 100)
            let actions = pool.tick(queued: 0, now: now)
            pool.bringUp(actions, now: now)
            for worker in actions.compactMap(\.retired) {
                left[step, default: []].append(worker)
                pool.bringUp(pool.workerExited(worker, reason: "exit status 0", now: now), now: now)
            }
        }
        return left
    }

    @Test func theSuccessorIsUpBeforeTheWorkerLeaves() {
        var pool = PoolStateMachine.up(three)
        pool.recycle(WorkerID(1), reason: .requested)
        #expect(pool.tick(queued: 0, now: at(100)) == [.spawn(WorkerID(3))])
        #expect(pool.tick(queued: 0, now: at(200)) == [])
        #expect(pool.status.idle == 3 && pool.status.due == 1)
        _ = pool.workerForked(WorkerID(3), pid: 9, now: at(210))
        #expect(pool.workerReady(WorkerID(3), now: at(220)) == [])
        #expect(pool.tick(queued: 0, now: at(300)) == [.retire(WorkerID(1))])
        #expect(pool.status.tally.recycles[.requested] == 1 && pool.status.tally.recycles.total == 1)
    }

    @Test func aBusyWorkerFinishesItsRequestFirst() {
        var pool = PoolStateMachine.up(three)
        pool.requestStarted(WorkerID(0), now: at(0))
        pool.recycle(WorkerID(0), reason: .maxMemory)
        pool.bringUp(pool.tick(queued: 0, now: at(100)), now: at(150))
        #expect(pool.tick(queued: 0, now: at(200)) == [])
        #expect(pool.requestFinished(WorkerID(0), now: at(250)) == [.retire(WorkerID(0))])
        #expect(pool.status.tally.recycles[.maxMemory] == 1)
    }

    /// It cannot do otherwise, so nobody waits for its successor; and it is no crash.
    @Test func whoSaysThatItGoesIsReplacedAtOnce() {
        var configuration = three
        configuration.emergencyThreshold = 1
        var pool = PoolStateMachine.up(configuration)
        pool.requestStarted(WorkerID(0), now: at(0))
        #expect(pool.requestFinished(WorkerID(0), now: at(10)) == [])
        #expect(pool.leaves(WorkerID(0), .fatal, now: at(10)) == [.spawn(WorkerID(3)), .retire(WorkerID(0))])
        #expect(pool.leaves(WorkerID(0), .fatal, now: at(11)) == [])
        #expect(pool.workerExited(WorkerID(0), reason: "exit status 0", isCrash: true, now: at(20)) == [])
        #expect(pool.status.tally.recycles[.fatal] == 1 && pool.status.tally.died == 0)
        #expect(pool.status.recentFailures.isEmpty)
        #expect(pool.leaves(WorkerID(1), .scriptEnded, now: at(30)) == [.spawn(WorkerID(0)), .retire(WorkerID(1))])
        #expect(pool.status.tally.recycles[.scriptEnded] == 1)
    }

    @Test func aSuccessorThatDoesNotBootCostsNoWorker() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 1)))
        pool.recycle(WorkerID(0), reason: .maxMemory)
        for step in 1...50 {
            let actions = pool.tick(queued: 0, now: at(step * 100))
            #expect(actions.allSatisfy { $0.spawned != nil })
            pool.failBoots(actions, now: at(step * 100))
            #expect(pool.status.idle == 1 && pool.status.isAvailable)
        }
        #expect((3...8).contains(pool.status.tally.bootFailures), "but it is tried again")
        #expect(roll(&pool, from: 15_000).values.flatMap { $0 } == [WorkerID(0)])
    }

    @Test func atItsMaximumOneIsReplacedAfterTheOther() {
        var pool = PoolStateMachine.up(three)
        for worker in 0..<3 { pool.recycle(WorkerID(worker), reason: .requested) }
        #expect(roll(&pool).values.allSatisfy { $0.count == 1 })
        #expect(pool.status.idle == 3 && pool.status.tally.recycles.requested == 3)
    }

    @Test(arguments: [(1, 40, 1), (10, 40, 10), (1, 20, 5), (1, 3, 1), (99, 3, 1)])
    func theWorkedRowOfTheBoundsHolds(spare: Int, start: Int, atATime: Int) {
        let configuration = PoolConfiguration(
            manager: .dynamic(start: start, minSpare: 1, maxSpare: 40, max: 40), spareProcesses: spare)
        var pool = PoolStateMachine.up(configuration)
        for worker in 0..<start { pool.recycle(WorkerID(worker), reason: .requested) }
        #expect(pool.tick(queued: 0, now: at(100)).compactMap(\.spawned).count == atATime)
        #expect(pool.tick(queued: 0, now: at(200)) == [])
    }

    @Test func aShareOfNothingStillReplacesOne() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 9), replaceShare: 0))
        for worker in 0..<9 { pool.recycle(WorkerID(worker), reason: .requested) }
        #expect(pool.tick(queued: 0, now: at(100)).count == 1)
    }

    @Test func aWorkerLeavesWhenItIsTooOld() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 1), maxLifetime: .seconds(1)))
        #expect(roll(&pool).isEmpty, "its successor starts at one second")
        #expect(roll(&pool, from: 1_000) == [1: [WorkerID(0)]])
        #expect(pool.status.tally.recycles[.maxLifetime] == 1)
    }

    @Test func everyWorkerHasItsOwnLifetime() {
        let configuration = PoolConfiguration(
            manager: .static(count: 32), maxLifetime: .seconds(100), maxRequestsJitter: 0.2)
        let lifetimes = PoolStateMachine.up(configuration).workers.compactMap(\.lifetime?.seconds)
        #expect(lifetimes.count == 32 && lifetimes.allSatisfy { (80...100).contains($0) })
        #expect(Set(lifetimes).count > 16)
    }

    @Test func aWorkerAtItsOwnLimitWaitsForItsSuccessorAndAtThatOfAllForNobody() {
        let configuration = PoolConfiguration(
            manager: .static(count: 1), maxRequests: 100, maxRequestsJitter: 1)
        var pool = PoolStateMachine.up(configuration, seed: 3)
        let own = pool.workers[0].limit ?? 0
        #expect((1..<99).contains(own))
        for request in 1..<own { #expect(pool.serve(WorkerID(0), now: at(request)) == []) }
        #expect(pool.serve(WorkerID(0), now: at(own)) == [.spawn(WorkerID(1))])
        for request in (own + 1)..<100 { #expect(pool.serve(WorkerID(0), now: at(request)) == []) }
        #expect(pool.serve(WorkerID(0), now: at(100)) == [.retire(WorkerID(0))])
        #expect(pool.status.tally.recycles[.maxRequests] == 1)
    }

    @Test func aWorkerKilledForItsMemoryHasASuccessorAtOnce() {
        var pool = PoolStateMachine.up(three)
        _ = pool.serve(WorkerID(1), now: at(1))
        pool.requestStarted(WorkerID(1), now: at(2))
        let kill = PoolAction.kill(WorkerID(1), reason: .maxMemory)
        #expect(pool.killNow(WorkerID(1), .maxMemory, now: at(3)) == [kill, .spawn(WorkerID(3))])
        #expect(pool.killNow(WorkerID(1), .maxMemory, now: at(4)) == [], "once")
        #expect(pool.workerExited(WorkerID(1), reason: "signal 9", now: at(5)) == [])
        let tally = pool.status.tally
        #expect(tally.kills[.maxMemory] == 1 && tally.killed == 1 && tally.died == 0)
    }

    @Test func nobodyIsKilledOrRecycledTwiceOrAfterTheirEnd() {
        var pool = PoolStateMachine.up(three)
        pool.recycle(WorkerID(7), reason: .requested)
        #expect(pool.killNow(WorkerID(7), .maxMemory, now: at(1)) == [])
        _ = pool.killNow(WorkerID(0), .maxMemory, now: at(2))
        pool.recycle(WorkerID(0), reason: .requested)
        #expect(pool.status.due == 0)
    }
}

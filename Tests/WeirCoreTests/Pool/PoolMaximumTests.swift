import Testing
import WeirCore

@Suite struct PoolMaximumTests {
    private let four = PoolConfiguration(manager: .static(count: 4))

    @Test func raisingAStaticPoolStartsWorkersAtOnce() {
        var pool = PoolStateMachine.up(four)
        #expect(pool.setMaximum(6, now: at(1)) == [.spawn(WorkerID(4)), .spawn(WorkerID(5))])
        #expect(pool.status.maximum == 6 && pool.status.target == 6)
    }

    @Test func loweringRetiresIdleWorkersAtOnceLongestIdleFirst() {
        var pool = PoolStateMachine.up(four)
        _ = pool.serve(WorkerID(0), now: at(1))
        #expect(pool.setMaximum(2, now: at(2)) == [.retire(WorkerID(1)), .retire(WorkerID(2))])
        for worker in 1...2 { #expect(pool.workerExited(WorkerID(worker), reason: "exit status 0", now: at(3)) == []) }
        #expect(pool.tick(queued: 9, now: at(100)) == [])
        #expect(pool.status.idle == 2 && pool.status.tally.recycles.total == 0)
    }

    @Test func loweringLetsBusyWorkersFinishWhoeverIsFirst() {
        var pool = PoolStateMachine.up(four)
        for worker in 0..<4 { pool.requestStarted(WorkerID(worker), now: at(1)) }
        #expect(pool.setMaximum(2, now: at(2)) == [])
        #expect(pool.tick(queued: 9, now: at(100)) == [])
        #expect(pool.requestFinished(WorkerID(3), now: at(110)) == [.retire(WorkerID(3))])
        #expect(pool.requestFinished(WorkerID(1), now: at(120)) == [.retire(WorkerID(1))])
        #expect(pool.requestFinished(WorkerID(0), now: at(130)) == [], "two are left")
    }

    @Test func loweringLetsWhatStartsFinishStarting() {
        var pool = PoolStateMachine(four, seed: 1)
        _ = pool.start(now: .zero)
        let actions = pool.forkServerReady(now: .zero)
        #expect(pool.setMaximum(1, now: at(1)) == [])
        pool.bringUp(actions, now: at(2))
        #expect(pool.tick(queued: 0, now: at(100)) == (0..<3).map { .retire(WorkerID($0)) })
        #expect(pool.status.idle == 1)
    }

    @Test func aWorkerThatIsDueIsTheFirstToGo() {
        var pool = PoolStateMachine.up(four)
        _ = pool.serve(WorkerID(3), now: at(1))
        pool.recycle(WorkerID(3), reason: .maxMemory)
        #expect(pool.setMaximum(3, now: at(2)) == [.retire(WorkerID(3))])
        #expect(pool.tick(queued: 0, now: at(100)) == [])
    }

    @Test func raisingAgainKeepsWhoHasNotLeft() {
        var pool = PoolStateMachine.up(four)
        for worker in 0..<4 { pool.requestStarted(WorkerID(worker), now: at(1)) }
        _ = pool.setMaximum(1, now: at(2))
        #expect(pool.setMaximum(4, now: at(3)) == [])
        for worker in 0..<4 { #expect(pool.requestFinished(WorkerID(worker), now: at(4)) == []) }
    }

    @Test func spareBoundsAreNotLostToASmallMaximum() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .dynamic(start: 1, minSpare: 3, maxSpare: 6, max: 1)))
        #expect(pool.tick(queued: 0, now: at(100)) == [])
        #expect(pool.setMaximum(8, now: at(150)) == [])
        for step in 2...6 { pool.bringUp(pool.tick(queued: 0, now: at(step * 100)), now: at(step * 100)) }
        #expect(pool.status.idle == 3)
        _ = pool.setMaximum(2, now: at(700))
        #expect(pool.status.idle == 2 && pool.status.target == 2)
    }

    @Test func oneWorkerIsTheLeast() {
        var pool = PoolStateMachine.up(four)
        #expect(pool.setMaximum(0, now: at(1)).compactMap(\.retired).count == 3)
        #expect(pool.status.maximum == 1)
    }

    /// Room for six processes: each that leaves the old pool makes room for one of the new.
    @Test func twoGenerationsRollWithinABudget() {
        var old = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 5)))
        var new = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 1)))
        for step in 1...4 {
            for worker in old.setMaximum(5 - step, now: at(step)).compactMap(\.retired) {
                #expect(old.workerExited(worker, reason: "exit status 0", now: at(step)) == [])
            }
            new.bringUp(new.setMaximum(1 + step, now: at(step)), now: at(step))
            #expect(old.status.idle + new.status.idle == 6)
        }
        #expect(old.beginStop(now: at(9)).count == 1)
    }

    @Test func aPoolThatStopsDoesNotGrow() {
        var pool = PoolStateMachine.up(four)
        _ = pool.beginStop(now: at(1))
        #expect(pool.setMaximum(9, now: at(2)) == [])
    }
}

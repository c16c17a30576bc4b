import Testing
import WeirCore

@Suite struct PoolStopTests {
    private let three = PoolConfiguration(manager: .static(count: 3))

    @Test func stoppingLetsBusyWorkersFinish() {
        var pool = PoolStateMachine.up(three)
        pool.requestStarted(WorkerID(1), now: at(0))
        #expect(pool.beginStop(now: at(1)) == [.retire(WorkerID(0)), .retire(WorkerID(2))])
        #expect(pool.beginStop(now: at(1)) == [])
        #expect(!pool.status.isAvailable)
        #expect(pool.requestFinished(WorkerID(1), now: at(50)) == [.retire(WorkerID(1))])
        for worker in 0..<2 { #expect(pool.workerExited(WorkerID(worker), reason: "exit status 0", now: at(60)) == []) }
        #expect(pool.workerExited(WorkerID(2), reason: "exit status 0", now: at(61)) == [.stopForkServer])
        #expect(pool.isStopped == false)
        #expect(pool.forkServerExited(reason: "exit status 0", now: at(70)) == [])
        #expect(pool.isStopped == true)
        #expect(pool.tick(queued: 5, now: at(1_000)) == [])
    }

    @Test func stoppingKillsWhatHasNotStarted() {
        var pool = PoolStateMachine(three, seed: 1)
        _ = pool.start(now: .zero)
        _ = pool.forkServerReady(now: .zero)
        _ = pool.workerForked(WorkerID(0), pid: 10, now: at(1))
        _ = pool.workerForked(WorkerID(1), pid: 11, now: at(1))
        _ = pool.workerReady(WorkerID(1), now: at(2))
        #expect(pool.beginStop(now: at(3)) == [.kill(WorkerID(0), reason: .stopping), .retire(WorkerID(1))])
        // The third had no pid to kill yet.
        #expect(pool.workerForked(WorkerID(2), pid: 12, now: at(4)) == [.kill(WorkerID(2), reason: .stopping)])
        #expect(pool.workerReady(WorkerID(2), now: at(4)) == [])
        for worker in 0..<3 { _ = pool.workerExited(WorkerID(worker), reason: "signal 9", now: at(5)) }
        _ = pool.forkServerExited(reason: "exit status 0", now: at(6))
        #expect(pool.isStopped == true && pool.status.failures == 0)
    }

    @Test func stoppingBeforeAnythingStartedStopsTheForkServer() {
        var pool = PoolStateMachine(three, seed: 1)
        _ = pool.start(now: .zero)
        #expect(pool.beginStop(now: at(1)) == [.stopForkServer])
        _ = pool.forkServerExited(reason: "exit status 0", now: at(2))
        #expect(pool.isStopped == true)
    }

    @Test func killAllLeavesNobody() {
        var pool = PoolStateMachine.up(three)
        pool.requestStarted(WorkerID(1), now: at(0))
        _ = pool.beginStop(now: at(1))
        #expect(
            pool.killAll(.stopTimeout, now: at(30_000))
                == (0..<3).map { .kill(WorkerID($0), reason: .stopTimeout) } + [.killForkServer])
        for worker in 0..<3 { #expect(pool.workerExited(WorkerID(worker), reason: "signal 9", now: at(30_001)) == []) }
        _ = pool.forkServerExited(reason: "signal 9", now: at(30_001))
        #expect(pool.isStopped == true)
    }
}

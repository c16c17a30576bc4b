import Testing
import WeirCore

@Suite struct PoolStateMachineTests {
    private let four = PoolConfiguration(manager: .static(count: 4))

    @Test func workersAreForkedOnceTheForkServerIsReady() {
        var pool = PoolStateMachine(four, seed: 1)
        #expect(pool.start(now: .zero) == [.startForkServer])
        #expect(pool.tick(queued: 9, now: at(100)) == [])
        #expect(pool.forkServerReady(now: at(200)) == (0..<4).map { .spawn(WorkerID($0)) })
        #expect(pool.tick(queued: 9, now: at(300)) == [])
        #expect(pool.status.isAvailable)
    }

    @Test func aDeadWorkerIsReplacedAtOnce() {
        var pool = PoolStateMachine.up(four)
        _ = pool.serve(WorkerID(2), now: at(10))
        #expect(pool.workerExited(WorkerID(2), reason: "signal 11", now: at(20)) == [.spawn(WorkerID(2))])
        pool.requestStarted(WorkerID(0), now: at(30))
        #expect(pool.workerExited(WorkerID(0), reason: "signal 11", now: at(40)) == [.spawn(WorkerID(0))])
        #expect(pool.status.tally.died == 2)
    }

    @Test func aDeadWorkerIsReplacedAtOnceEvenWhileOthersFailToBoot() {
        var pool = PoolStateMachine.up(four)
        for worker in 0..<4 { _ = pool.serve(WorkerID(worker), now: at(10)) }
        pool.failBoots(pool.workerExited(WorkerID(2), reason: "signal 11", now: at(20)), now: at(20))
        #expect(pool.tick(queued: 0, now: at(21)) == [])
        #expect(pool.workerExited(WorkerID(1), reason: "signal 11", now: at(22)) == [.spawn(WorkerID(1))])
    }

    @Test func whoHasServedTheMostRequestsLeavesAtOnce() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 2), maxRequests: 3))
        for request in 1...2 { #expect(pool.serve(WorkerID(0), now: at(request)) == []) }
        #expect(pool.serve(WorkerID(0), now: at(3)) == [.spawn(WorkerID(2)), .retire(WorkerID(0))])
        // A second one leaves at the same time: its successor waits for a process to go.
        for request in 4...5 { #expect(pool.serve(WorkerID(1), now: at(request)) == []) }
        #expect(pool.serve(WorkerID(1), now: at(6)) == [.retire(WorkerID(1))])
        #expect(pool.workerExited(WorkerID(0), reason: "exit status 0", now: at(7)) == [.spawn(WorkerID(0))])
        #expect(pool.workerExited(WorkerID(1), reason: "exit status 0", now: at(8)) == [])
    }

    @Test func everyWorkerHasItsOwnRequestLimit() {
        let configuration = PoolConfiguration(manager: .static(count: 32), maxRequests: 500, maxRequestsJitter: 0.2)
        let limits = PoolStateMachine.up(configuration).workers.compactMap(\.limit)
        #expect(limits.count == 32 && limits.allSatisfy { (400...500).contains($0) })
        #expect(Set(limits).count > 16)
        #expect(
            limits == PoolStateMachine.up(configuration).workers.compactMap(\.limit), "the same seed draws the same")
        #expect(PoolStateMachine.up(four).workers.allSatisfy { $0.limit == nil })
    }

    @Test func aRequestBeyondItsTimeCostsTheWorker() {
        var pool = PoolStateMachine.up(
            PoolConfiguration(manager: .static(count: 2), requestTimeout: .seconds(30)))
        pool.requestStarted(WorkerID(1), now: at(0))
        pool.pass(until: 30_000)
        #expect(pool.tick(queued: 0, now: at(30_000)) == [])
        #expect(
            pool.tick(queued: 0, now: at(30_001))
                == [.kill(WorkerID(1), reason: .requestTimeout), .spawn(WorkerID(2))])
        #expect(pool.tick(queued: 0, now: at(30_100)) == [])
        #expect(pool.requestFinished(WorkerID(1), now: at(30_100)) == [])
        #expect(pool.workerExited(WorkerID(1), reason: "signal 9", now: at(30_200)) == [])
        #expect(pool.status.failures == 0)
    }

    @Test func aWorkerThatDoesNotLeaveIsKilled() {
        var pool = PoolStateMachine.up(
            PoolConfiguration(manager: .static(count: 1), maxRequests: 1, drainTimeout: .seconds(10)))
        #expect(pool.serve(WorkerID(0), now: at(0)) == [.spawn(WorkerID(1)), .retire(WorkerID(0))])
        _ = pool.workerForked(WorkerID(1), pid: 7, now: at(10))
        _ = pool.workerReady(WorkerID(1), now: at(10))
        pool.pass(until: 10_000)
        #expect(pool.tick(queued: 0, now: at(10_001)) == [.kill(WorkerID(0), reason: .drainTimeout)])
        #expect(pool.workerExited(WorkerID(0), reason: "signal 9", now: at(10_002)) == [])
    }

    @Test func aRequestOnItsWayToARetiringWorkerIsStillServed() {
        var pool = PoolStateMachine.up(
            PoolConfiguration(manager: .dynamic(start: 3, minSpare: 1, maxSpare: 1, max: 4)))
        _ = pool.tick(queued: 0, now: at(0))
        #expect(pool.tick(queued: 0, now: at(1_000)) == [.retire(WorkerID(0))])
        pool.requestStarted(WorkerID(0), now: at(1_000))
        #expect(pool.status.busy == 1)
        let actions = pool.requestFinished(WorkerID(0), now: at(1_100))
        #expect(actions.contains(.retire(WorkerID(0))))
    }
}

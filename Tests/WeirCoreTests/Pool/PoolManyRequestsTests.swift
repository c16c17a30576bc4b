import Testing
import WeirCore

/// Workers that run many requests at once.
@Suite struct PoolManyRequestsTests {
    private let two = PoolConfiguration(
        manager: .static(count: 2), requestsAtOnce: 8, requestTimeout: .seconds(1), drainTimeout: .seconds(5),
        slowAfter: .milliseconds(10))

    private func start(_ requests: Int, on worker: Int, of pool: inout PoolStateMachine, now: Int = 0) {
        for _ in 0..<requests { pool.requestStarted(WorkerID(worker), now: at(now)) }
    }

    @Test("a worker is busy until its last request is finished")
    func busy() {
        var pool = PoolStateMachine.up(two)
        start(3, on: 0, of: &pool)
        #expect(pool.status.busy == 1 && pool.status.idle == 1 && pool.status.outstanding == 3)
        for finished in 1...3 {
            #expect(pool.status.busy == 1)
            #expect(pool.requestFinished(WorkerID(0), now: at(finished)) == [])
        }
        #expect(pool.requestFinished(WorkerID(0), now: at(4)) == [])
        #expect(pool.status.busy == 0 && pool.status.outstanding == 0)
        #expect(pool.workers[0].requests == 3)
    }

    @Test("a request that takes long neither kills the worker nor asks for its stack")
    func slow() {
        var pool = PoolStateMachine.up(two)
        start(1, on: 0, of: &pool)
        #expect(pool.tick(queued: 0, now: at(2_000)) == [])
        #expect(pool.status.tally.slowRequests == 0 && pool.status.tally.killed == 0)
    }

    @Test("who is due serves until the successor is up, then leaves with the requests it has")
    func dueLeavesBusy() {
        var pool = PoolStateMachine.up(two)
        start(2, on: 0, of: &pool)
        pool.recycle(WorkerID(0), reason: .maxMemory)
        let successor = pool.tick(queued: 0, now: at(100))
        #expect(successor == [.spawn(WorkerID(2))])
        start(1, on: 0, of: &pool, now: 150)
        #expect(pool.tick(queued: 0, now: at(200)) == [])
        pool.bringUp(successor, now: at(250))
        #expect(pool.tick(queued: 0, now: at(300)) == [.retire(WorkerID(0))])
        #expect(pool.status.leaving == 1 && pool.status.outstanding == 3)
        #expect(pool.requestFinished(WorkerID(0), now: at(400)) == [])
        #expect(pool.status.outstanding == 2)
        #expect(pool.tick(queued: 0, now: at(5_300)) == [])
        #expect(pool.tick(queued: 0, now: at(5_400)) == [.kill(WorkerID(0), reason: .drainTimeout)])
        #expect(pool.workerExited(WorkerID(0), reason: "signal 9", now: at(5_500)) == [])
        #expect(pool.status.outstanding == 0 && pool.status.tally.recycles.maxMemory == 1)
    }

    @Test("a limit of requests leaves the only worker at work until its successor is up")
    func maxRequests() {
        let configuration = PoolConfiguration(manager: .static(count: 1), requestsAtOnce: 4, maxRequests: 3)
        var pool = PoolStateMachine.up(configuration)
        start(4, on: 0, of: &pool)
        let successor = pool.requestFinished(WorkerID(0), now: at(10))
        #expect(successor == [.spawn(WorkerID(1))])
        #expect(pool.requestFinished(WorkerID(0), now: at(20)) == [])
        pool.bringUp(successor, now: at(30))
        #expect(pool.requestFinished(WorkerID(0), now: at(40)) == [.retire(WorkerID(0))])
        #expect(pool.status.tally.recycles.maxRequests == 1 && pool.status.outstanding == 1)
    }

    @Test("who grows too old is replaced though it is never idle")
    func lifetime() {
        let configuration = PoolConfiguration(
            manager: .static(count: 1), requestsAtOnce: 4, maxLifetime: .milliseconds(500))
        var pool = PoolStateMachine.up(configuration)
        start(1, on: 0, of: &pool)
        pool.bringUp(pool.tick(queued: 0, now: at(600)), now: at(650))
        #expect(pool.tick(queued: 0, now: at(700)) == [.retire(WorkerID(0))])
        #expect(pool.status.tally.recycles.maxLifetime == 1)
    }

    @Test("under a lower maximum the idle leave first, then who has least to finish")
    func lowerMaximum() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 4), requestsAtOnce: 8))
        start(3, on: 0, of: &pool)
        start(2, on: 1, of: &pool)
        start(4, on: 3, of: &pool)
        #expect(pool.setMaximum(2, now: at(10)) == [.retire(WorkerID(2)), .retire(WorkerID(1))])
        #expect(pool.requestFinished(WorkerID(0), now: at(20)) == [])
        #expect(pool.tick(queued: 0, now: at(100)) == [])
    }

    @Test("a stop lets busy workers leave at once, with their requests")
    func stops() {
        var pool = PoolStateMachine.up(two)
        start(2, on: 1, of: &pool)
        #expect(pool.beginStop(now: at(10)) == [.retire(WorkerID(0)), .retire(WorkerID(1))])
        #expect(pool.requestFinished(WorkerID(1), now: at(20)) == [])
        #expect(pool.tick(queued: 0, now: at(2_500)) == [])
        #expect(pool.tick(queued: 0, now: at(5_020)).compactMap(\.killed) == [WorkerID(0), WorkerID(1)])
    }

    @Test("a busy worker that says that it goes has its successor at once")
    func leaves() {
        var pool = PoolStateMachine.up(two)
        start(2, on: 1, of: &pool)
        #expect(pool.leaves(WorkerID(1), .fatal, now: at(10)) == [.spawn(WorkerID(2)), .retire(WorkerID(1))])
        #expect(pool.leaves(WorkerID(1), .fatal, now: at(10)) == [])
    }

    @Test("more workers start when no place is free, as many as the waiting need")
    func demand() {
        let configuration = PoolConfiguration(
            manager: .ondemand(idleTimeout: .seconds(10), max: 5), requestsAtOnce: 4)
        var pool = PoolStateMachine.up(configuration)
        let first = pool.demand(queued: 1, now: at(10))
        #expect(first == [.spawn(WorkerID(0))])
        pool.bringUp(first, now: at(20))
        start(3, on: 0, of: &pool, now: 30)
        #expect(pool.demand(queued: 9, now: at(40)) == [], "it has a free place")
        start(1, on: 0, of: &pool, now: 50)
        #expect(pool.demand(queued: 9, now: at(60)).count == 3)
    }

    @Test("room on busy workers counts for spare ones")
    func spare() {
        let configuration = PoolConfiguration(
            manager: .dynamic(start: 2, minSpare: 1, maxSpare: 2, max: 5), requestsAtOnce: 4)
        var pool = PoolStateMachine.up(configuration)
        start(2, on: 0, of: &pool)
        start(2, on: 1, of: &pool)
        #expect(pool.tick(queued: 0, now: at(100)) == [])
        start(1, on: 1, of: &pool)
        #expect(pool.tick(queued: 0, now: at(200)) == [.spawn(WorkerID(2))])
    }
}

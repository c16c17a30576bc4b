import Testing
import WeirCore

@Suite struct PoolFailureTests {
    private let four = PoolConfiguration(manager: .static(count: 4), bootTimeout: .seconds(5))

    private func pool() -> PoolStateMachine {
        var pool = PoolStateMachine(four, seed: 1)
        _ = pool.start(now: .zero)
        return pool
    }

    @Test func theWorkedRowOfTheBackoffHolds() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            var backoff = Backoff()
            var delays: [Double] = []
            for _ in 1...20 {
                backoff.failed(now: .zero, using: &generator)
                delays.append(((backoff.retryAt ?? .zero) - .zero).seconds)
            }
            #expect((0.05...0.1).contains(delays[0]))
            #expect((0.8...1.6).contains(delays[4]))
            #expect(delays[7...].allSatisfy { (5...10).contains($0) })
        }
    }

    @Test func aMinuteWithoutFailureIsForgiven() {
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff()
        for _ in 1...9 { backoff.failed(now: .zero, using: &generator) }
        backoff.failed(now: at(60_001), using: &generator)
        #expect(backoff.failures == 1)
    }

    @Test func bootFailuresBackOff() {
        var pool = pool()
        var attempts: [Int] = []
        pool.failBoots(pool.forkServerReady(now: .zero), now: .zero)
        for step in 1...600 {
            let actions = pool.tick(queued: 10, now: at(step * 100))
            #expect(actions.count <= 1, "one is tried, the others wait for it")
            if !actions.isEmpty { attempts.append(step * 100) }
            pool.failBoots(actions, now: at(step * 100))
        }
        let gaps = zip(attempts.dropFirst(), attempts).map { $0 - $1 }
        #expect((8...16).contains(attempts.count))
        #expect(gaps.allSatisfy { $0 <= 10_100 })
        #expect(gaps.suffix(3).allSatisfy { $0 >= 5_000 })
    }

    @Test func workersThatFailTogetherAreOneFailure() {
        var pool = pool()
        pool.failBoots(pool.forkServerReady(now: .zero), now: .zero)
        #expect(pool.status.failures == 1)
        #expect(pool.status.tally.bootFailures == 4)
    }

    @Test func theOthersFollowOnceOneIsUp() {
        var pool = pool()
        pool.failBoots(pool.forkServerReady(now: .zero), now: .zero)
        #expect(pool.tick(queued: 0, now: at(100)) == [.spawn(WorkerID(0))])
        #expect(pool.tick(queued: 0, now: at(5_000)) == [])
        _ = pool.workerForked(WorkerID(0), pid: 1, now: at(5_000))
        #expect(pool.workerReady(WorkerID(0), now: at(5_000)) == (1...3).map { .spawn(WorkerID($0)) })
    }

    @Test func workersThatDieBeforeTheirFirstRequestBackOffToo() {
        var pool = pool()
        var actions = pool.forkServerReady(now: .zero)
        var spawned = 0
        for step in 1...600 {
            spawned += actions.count
            pool.bringUp(actions, now: at(step * 100))
            for index in pool.workers.indices where pool.workers[index].isLive {
                actions += pool.workerExited(WorkerID(index), reason: "signal 11", now: at(step * 100))
            }
            actions = pool.tick(queued: 0, now: at(step * 100))
        }
        #expect(spawned < 60, "a minute of dying at once, \(spawned) forks")
    }

    @Test func theAppIsDownFromTheFirstFailureUntilAWorkerIsUp() {
        var pool = pool()
        #expect(pool.status.isAvailable, "the first start counts as prospect")
        let first = pool.forkServerReady(now: .zero)
        #expect(pool.status.isAvailable)
        pool.failBoots(Array(first.dropLast()), now: at(50))
        #expect(pool.status.isAvailable, "one of them may still come up")
        pool.failBoots(Array(first.suffix(1)), now: at(60))
        #expect(!pool.status.isAvailable)
        #expect(pool.status.lastFailure == "worker 3 (pid 103) exited before its first request: exit status 255")
        let retry = pool.tick(queued: 0, now: at(300))
        #expect(!pool.status.isAvailable, "another attempt alone is no news")
        pool.bringUp(retry, now: at(400))
        #expect(pool.status.isAvailable)
    }

    @Test func aBootThatNeverEndsIsKilledAndCountsAsFailed() {
        var pool = pool()
        for worker in pool.forkServerReady(now: .zero).compactMap(\.spawned) {
            _ = pool.workerForked(worker, pid: 5, now: .zero)
        }
        #expect(pool.tick(queued: 0, now: at(5_000)) == [])
        #expect(pool.tick(queued: 0, now: at(5_001)) == (0..<4).map { .kill(WorkerID($0), reason: .bootTimeout) })
        for worker in 0..<4 { #expect(pool.workerExited(WorkerID(worker), reason: "signal 9", now: at(5_002)) == []) }
        #expect(pool.status.failures == 1 && !pool.status.isAvailable)
        #expect(pool.status.lastFailure == "worker 3 (pid 5) was not ready within 5.0 s")
    }

    @Test func aForkThatFailsBacksOff() {
        var pool = pool()
        for worker in pool.forkServerReady(now: .zero).compactMap(\.spawned) {
            #expect(pool.forkFailed(worker, reason: "Cannot allocate memory", now: .zero) == [])
        }
        #expect(pool.status.lastFailure == "worker 3 could not be forked: Cannot allocate memory")
        #expect(pool.tick(queued: 0, now: at(100)) == [.spawn(WorkerID(0))])
    }

    @Test func aForkServerThatDoesNotStartBacksOff() {
        var pool = pool()
        var starts = 0
        #expect(pool.forkServerExited(reason: "exit status 78", now: .zero) == [])
        #expect(!pool.status.isAvailable)
        #expect(pool.status.forkServer == .failed)
        #expect(pool.status.lastFailure == "the fork server failed: exit status 78")
        for step in 1...600 where pool.tick(queued: 0, now: at(step * 100)) == [.startForkServer] {
            starts += 1
            _ = pool.forkServerExited(reason: "exit status 78", now: at(step * 100))
        }
        #expect((8...16).contains(starts))
    }

    @Test func aForkServerThatHangsIsKilled() {
        var pool = pool()
        pool.pass(until: 5_000)
        #expect(pool.tick(queued: 0, now: at(5_001)) == [.killForkServer])
        #expect(pool.tick(queued: 0, now: at(5_100)) == [])
        #expect(pool.forkServerExited(reason: "signal 9", now: at(5_101)) == [])
        #expect(pool.tick(queued: 0, now: at(5_201)) == [.startForkServer])
    }

    @Test func aForkServerThatDoesNotAnswerIsKilledAndItsForksAreForgotten() {
        var pool = pool()
        _ = pool.forkServerReady(now: .zero)
        pool.pass(until: 5_000)
        #expect(pool.tick(queued: 0, now: at(5_001)) == [.killForkServer])
        #expect(pool.forkServerExited(reason: "signal 9", now: at(5_002)) == [])
        #expect(pool.status.starting == 0)
    }

    @Test func aForkServerThatHadWorkedIsRestartedAtOnceAndItsWorkersGoOn() {
        var pool = PoolStateMachine.up(four)
        _ = pool.serve(WorkerID(1), now: at(1))
        #expect(pool.forkServerExited(reason: "signal 11", now: at(2)) == [.startForkServer])
        #expect(pool.status.isAvailable)
        #expect(pool.serve(WorkerID(1), now: at(3)) == [])
        #expect(pool.workerExited(WorkerID(1), reason: "exit status 1", now: at(4)) == [])
        #expect(pool.forkServerReady(now: at(5)) == [.spawn(WorkerID(1))])
    }

    @Test func aWorkerAtItsLimitGoesOnWhileItsSuccessorsDoNotBoot() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 2), maxRequests: 2))
        pool.failBoots(pool.workerExited(WorkerID(1), reason: "signal 9", now: at(1)), now: at(1))
        for request in 2...5 { #expect(pool.serve(WorkerID(0), now: at(request)) == []) }
        pool.bringUp(pool.tick(queued: 0, now: at(500)), now: at(500))
        #expect(pool.serve(WorkerID(0), now: at(501)).contains(.retire(WorkerID(0))))
    }
}

import Testing
import WeirCore

@Suite struct PoolDynamicTests {
    private func configuration(start: Int? = nil, minSpare: Int = 2, maxSpare: Int = 6, max: Int = 100)
        -> PoolConfiguration
    {
        PoolConfiguration(manager: .dynamic(start: start, minSpare: minSpare, maxSpare: maxSpare, max: max))
    }

    /// Takes every idle worker, as a burst of requests would.
    private func occupy(_ pool: inout PoolStateMachine, now: Instant) {
        for index in pool.workers.indices { pool.requestStarted(WorkerID(index), now: now) }
    }

    @Test func theDefaultStartIsThatOfPHPFPM() {
        #expect(configuration().start == 4)
        #expect(configuration(minSpare: 1, maxSpare: 4).start == 2)
        #expect(configuration(start: 3).start == 3)
    }

    @Test func boundsThatContradictEachOtherDoNoHarm() {
        #expect(PoolConfiguration.spare(2, 4, maximum: 1) == 1...1)
        #expect(PoolConfiguration.spare(0, 0, maximum: 3) == 1...1)
        #expect(PoolConfiguration.spare(4, 2, maximum: 9) == 4...4)
        #expect(configuration(minSpare: 2, maxSpare: 4, max: 1).start == 1)
        #expect(configuration(start: 9, minSpare: 0, maxSpare: 0, max: 3).start == 3)
    }

    @Test func spawningDoublesWhileTooFewAreIdle() {
        var pool = PoolStateMachine.up(configuration(start: 1, minSpare: 90, maxSpare: 95))
        var bursts: [Int] = []
        for step in 1...9 {
            let actions = pool.tick(queued: 0, now: at(step * 100))
            bursts.append(actions.compactMap(\.spawned).count)
            pool.bringUp(actions, now: at(step * 100))
        }
        #expect(bursts == [1, 2, 4, 8, 16, 32, 26, 0, 0])
        occupy(&pool, now: at(1_000))
        #expect(pool.tick(queued: 0, now: at(1_000)).compactMap(\.spawned).count == 1, "the burst starts over")
    }

    @Test func whatIsStartingCountsAsSpare() {
        var pool = PoolStateMachine.up(configuration(start: 2))
        occupy(&pool, now: at(50))
        #expect(pool.tick(queued: 0, now: at(100)).count == 1)
        #expect(pool.tick(queued: 0, now: at(200)).count == 1)
        #expect(pool.tick(queued: 0, now: at(300)).count == 0, "two are on their way")
        #expect(pool.tick(queued: 3, now: at(400)).count == 1, "but three wait")
    }

    @Test func requestsThatWaitForTheirLaneSpawnNobody() {
        var pool = PoolStateMachine.up(configuration(start: 4))
        #expect(pool.tick(queued: 50, now: at(100)) == [])
    }

    @Test func thePoolStopsAtItsMaximumAndSaysSo() {
        var pool = PoolStateMachine.up(configuration(start: 4, minSpare: 2, maxSpare: 4, max: 6))
        for step in 1...20 {
            occupy(&pool, now: at(step * 100))
            pool.bringUp(pool.tick(queued: 40, now: at(step * 100)), now: at(step * 100))
        }
        #expect(pool.status.busy == 6 && pool.status.starting == 0)
        #expect(pool.status.tally.maxReached == 1)
    }

    @Test func theLongestIdleLeavesAfterASecondOfTooMany() {
        var pool = PoolStateMachine.up(configuration(start: 6, minSpare: 1, maxSpare: 3))
        for worker in [1, 0, 5] { _ = pool.serve(WorkerID(worker), now: at(10 + worker)) }
        var leaving: [Int: WorkerID] = [:]
        for step in 1...20 {
            let actions = pool.tick(queued: 0, now: at(step * 100))
            for worker in actions.compactMap(\.retired) { leaving[step] = worker }
            #expect(actions.allSatisfy { $0.retired != nil }, "nobody takes its place")
        }
        #expect(leaving == [11: WorkerID(2), 12: WorkerID(3), 13: WorkerID(4)])
        #expect(pool.status.idle == 3)
    }

    @Test func aMomentOfTooManyIdleCostsNobody() {
        var pool = PoolStateMachine.up(configuration(start: 6, minSpare: 1, maxSpare: 3))
        for step in 1...50 {
            // Every 900 ms three of them are busy for a moment.
            let isBusy = step % 9 == 0
            for worker in 0..<3 where isBusy { pool.requestStarted(WorkerID(worker), now: at(step * 100)) }
            #expect(pool.tick(queued: 0, now: at(step * 100)) == [])
            for worker in 0..<3 where isBusy { _ = pool.requestFinished(WorkerID(worker), now: at(step * 100)) }
        }
    }

    @Test func aDeathLeavesTheSizeAsItWas() {
        var pool = PoolStateMachine.up(configuration(start: 5))
        _ = pool.serve(WorkerID(3), now: at(1))
        #expect(pool.workerExited(WorkerID(3), reason: "signal 9", now: at(2)) == [.spawn(WorkerID(3))])
    }
}

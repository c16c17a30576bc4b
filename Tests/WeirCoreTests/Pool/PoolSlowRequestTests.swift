import Testing
import WeirCore

@Suite struct PoolSlowRequestTests {
    private func pool(count: Int = 20, interval: Nanoseconds = .seconds(1)) -> PoolStateMachine {
        .up(
            PoolConfiguration(
                manager: .static(count: count), slowAfter: .milliseconds(500), slowLogInterval: interval))
    }

    @Test func aSlowRequestIsAskedForItsStackOnce() {
        var pool = pool()
        pool.requestStarted(WorkerID(7), now: at(0))
        #expect(pool.tick(queued: 0, now: at(500)) == [])
        #expect(pool.tick(queued: 0, now: at(600)) == [.askForStack(WorkerID(7))])
        pool.pass(from: 2_000, until: 9_000)
        _ = pool.requestFinished(WorkerID(7), now: at(9_000))
        #expect(pool.status.tally.slowRequests == 1 && pool.status.tally.stacksAsked == 1)
        pool.requestStarted(WorkerID(7), now: at(9_000))
        #expect(pool.tick(queued: 0, now: at(9_600)) == [.askForStack(WorkerID(7))], "another request")
    }

    @Test func aSlowRequestThatEndsBetweenTicksIsCounted() {
        var pool = pool()
        pool.requestStarted(WorkerID(7), now: at(0))
        _ = pool.requestFinished(WorkerID(7), now: at(501))
        pool.requestStarted(WorkerID(7), now: at(600))
        _ = pool.requestFinished(WorkerID(7), now: at(1_100))
        #expect(pool.status.tally.slowRequests == 1 && pool.status.tally.stacksAsked == 0)
    }

    @Test func oneIsAskedAtATimeAndTheOldestFirst() {
        var pool = pool()
        for (worker, start) in [(4, 30), (9, 10), (2, 20)] { pool.requestStarted(WorkerID(worker), now: at(start)) }
        var asked: [Int: WorkerID] = [:]
        for step in 6...30 {
            for case .askForStack(let worker) in pool.tick(queued: 0, now: at(step * 100)) { asked[step] = worker }
        }
        #expect(asked == [6: WorkerID(9), 16: WorkerID(2), 26: WorkerID(4)])
        #expect(pool.status.tally.slowRequests == 3)
    }

    @Test func tenAMinuteAreEnough() {
        var pool = pool(interval: .zero)
        for worker in 0..<20 { pool.requestStarted(WorkerID(worker), now: at(0)) }
        var times: [Int] = []
        for step in 6...1_300 where !pool.tick(queued: 0, now: at(step * 100)).isEmpty { times.append(step * 100) }
        #expect(times.count == 20)
        #expect(times[..<10] == [600, 700, 800, 900, 1_000, 1_100, 1_200, 1_300, 1_400, 1_500])
        #expect(zip(times, times.dropFirst(10)).allSatisfy { $1 - $0 >= 60_000 })
        #expect(pool.status.tally.slowRequests == 20)
    }

    @Test func withoutALimitNothingIsSlow() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 1)))
        pool.requestStarted(WorkerID(0), now: at(0))
        pool.pass(until: 60_000)
        #expect(pool.status.tally.slowRequests == 0)
    }
}

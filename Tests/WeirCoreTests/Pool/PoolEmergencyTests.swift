import Testing
import WeirCore

@Suite struct PoolEmergencyTests {
    private let configuration = PoolConfiguration(
        manager: .static(count: 8), requestTimeout: .seconds(1), emergencyThreshold: 3, emergencyInterval: .seconds(60))

    private func crash(
        _ pool: inout PoolStateMachine, _ worker: Int, at milliseconds: Int, isCrash: Bool = true
    ) -> [PoolAction] {
        let now = at(milliseconds)
        pool.requestStarted(WorkerID(worker), now: now)
        let actions = pool.workerExited(WorkerID(worker), reason: "signal 11", isCrash: isCrash, now: now)
        pool.bringUp(actions, now: now)
        return actions.filter { $0.spawned == nil }
    }

    @Test func theWorkedRowOfTheBurstHolds() {
        var burst = CrashBurst(threshold: 3, interval: .seconds(60))
        let reports = [0, 50, 59, 61, 200].map { burst.crashed(now: at($0 * 1_000)) }
        #expect(reports == [false, false, true, false, false])
    }

    @Test func aThresholdOfOneReportsEachCrashThatComesAlone() {
        var burst = CrashBurst(threshold: 1, interval: .seconds(60))
        let reports = [0, 10, 71, 71].map { burst.crashed(now: at($0 * 1_000)) }
        #expect(reports == [true, false, true, false])
    }

    @Test func aBurstOfCrashesAsksForANewGenerationOnce() {
        var pool = PoolStateMachine.up(configuration)
        #expect(crash(&pool, 0, at: 0) == [])
        #expect(crash(&pool, 1, at: 100) == [])
        let reason = "3 crashes within 60.0 s, the last of worker 2 (pid 102): signal 11"
        #expect(crash(&pool, 2, at: 200) == [.startNewGeneration(reason: reason)])
        for worker in 3..<8 { #expect(crash(&pool, worker, at: worker * 100) == [], "the same burst") }
        #expect(pool.status.tally.generationsWanted == 1 && pool.status.tally.died == 8)
        for (worker, time) in [(0, 200_000), (1, 200_100)] { #expect(crash(&pool, worker, at: time) == []) }
        #expect(crash(&pool, 2, at: 200_200).count == 1, "another burst")
    }

    @Test func deathsOfOurOwnDoingDoNotCount() {
        var pool = PoolStateMachine.up(configuration)
        for worker in 0..<3 {
            pool.requestStarted(WorkerID(worker), now: at(1))
            _ = pool.killNow(WorkerID(worker), .maxMemory, now: at(2))
            #expect(
                pool.workerExited(WorkerID(worker), reason: "signal 9", now: at(3)).allSatisfy { $0.spawned != nil })
        }
        for worker in 3..<6 { pool.requestStarted(WorkerID(worker), now: at(4)) }
        _ = pool.tick(queued: 0, now: at(1_005))
        for worker in 3..<6 { _ = pool.workerExited(WorkerID(worker), reason: "signal 9", now: at(1_006)) }
        let tally = pool.status.tally
        #expect(tally.kills.maxMemory == 3 && tally.kills.requestTimeout == 3 && tally.generationsWanted == 0)
    }

    @Test func exitsWithoutErrorDoNotCount() {
        var pool = PoolStateMachine.up(configuration)
        for worker in 0..<8 { #expect(crash(&pool, worker, at: worker, isCrash: false) == []) }
    }

    @Test func noThresholdNoEmergency() {
        var pool = PoolStateMachine.up(PoolConfiguration(manager: .static(count: 8)))
        for worker in 0..<8 { #expect(crash(&pool, worker, at: worker) == []) }
    }

    @Test func theLastTenFailuresAreRemembered() {
        var pool = PoolStateMachine.up(configuration)
        for time in 1...12 { _ = crash(&pool, 0, at: time) }
        let failures = pool.status.recentFailures
        #expect(failures.map(\.at) == (3...12).map { at($0) })
        #expect(failures.allSatisfy { $0.requests == 1 && $0.what == "signal 11" && $0.pid == 100 })
    }

    @Test func aFailureRemembersItsLastWordsWithinBounds() {
        var pool = PoolStateMachine.up(configuration)
        _ = pool.serve(WorkerID(0), now: at(1))
        let words = (1...7).map { "line \($0)" } + ["é" + String(repeating: "x", count: 509) + "€"]
        _ = pool.workerExited(WorkerID(0), reason: "signal 6", lastWords: words, now: at(2))
        let failure = pool.status.recentFailures.first
        #expect(failure?.lastWords.prefix(4) == ["line 4", "line 5", "line 6", "line 7"])
        #expect(failure?.lastWords.last == "é" + String(repeating: "x", count: 509), "cut between characters")
        #expect(failure?.worker == WorkerID(0) && failure?.requests == 1)
    }

    @Test func killsSayWhyAndRequestedEndsAreNoFailures() {
        var pool = PoolStateMachine.up(configuration)
        pool.requestStarted(WorkerID(0), now: at(0))
        _ = pool.tick(queued: 0, now: at(1_001))
        _ = pool.workerExited(WorkerID(0), reason: "signal 9", now: at(1_002))
        _ = pool.setMaximum(7, now: at(1_003))
        _ = pool.beginStop(now: at(1_004))
        for worker in 1..<8 { _ = pool.workerExited(WorkerID(worker), reason: "exit status 0", now: at(1_005)) }
        #expect(pool.status.recentFailures.map(\.what) == ["request_timeout: signal 9"])
    }
}

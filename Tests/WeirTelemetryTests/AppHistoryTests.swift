import Testing
import WeirCore

@testable import WeirServer

@Suite("Counters over reloads")
struct AppHistoryTests {
    private func snapshot(
        _ name: String = "web", accepted: Int, shed: [String: [String: Int]] = [:], kills: [String: Int]? = nil,
        busy: Int = 0, idle: Int = 0, queued: Int = 0
    ) -> AppSnapshot {
        AppSnapshot(
            name: name, manager: "static", queueLimit: 10,
            lanes: [AppSnapshot.Lane(name: "default", queued: queued, running: busy)], longestWait: .zero,
            totals: AppSnapshot.Totals(
                accepted: accepted, completed: accepted, maxQueued: queued, maxRunning: busy, shed: shed,
                workerKills: kills),
            workers: AppSnapshot.Workers(idle: idle, busy: busy), maxWorkers: 4
        )
    }

    @Test func whatEndedGoesOnCounting() {
        var history = AppHistory()
        history.absorb(snapshot(accepted: 5, shed: ["default": ["timeout": 2]], kills: ["timeout": 1]))
        history.absorb(snapshot(accepted: 7, shed: ["bulk": ["timeout": 1]], kills: ["memory": 3]))
        history.absorb(snapshot("other", accepted: 100))
        let now = history.complete(snapshot(accepted: 1, shed: ["default": ["timeout": 4, "hopeless": 0]]))
        #expect(now.totals.accepted == 13)
        #expect(now.totals.shed == ["default": ["timeout": 6, "hopeless": 0], "bulk": ["timeout": 1]])
        #expect(now.totals.workerKills == ["timeout": 1, "memory": 3])
        #expect(now.totals.retries == nil)
    }

    /// At no step of a reload does a counter go back or a request count twice.
    @Test func aReloadMovesCountsWithoutAGap() {
        var history = AppHistory()
        let old = snapshot(accepted: 10, busy: 2, idle: 1, queued: 1)
        let new = snapshot(accepted: 3, busy: 1, idle: 4)
        let during = history.complete(new, leaving: [old])
        #expect(during.totals.accepted == 13 && during.totals.completed == 13)
        #expect(during.totals.maxRunning == 2 && during.totals.maxQueued == 1)
        #expect(during.running == 3 && during.queued == 1)
        #expect(during.workers.busy == 3 && during.workers.idle == 4 && during.workers.leaving == 1)
        history.absorb(snapshot(accepted: 10))
        let after = history.complete(new)
        #expect(after.totals.accepted == 13 && after.running == 1 && after.workers.leaving == 0)
    }

    @Test func aRemovedAppLeavesNothing() {
        var history = AppHistory()
        history.absorb(snapshot(accepted: 10))
        history.keepOnly(["other"])
        #expect(history.complete(snapshot(accepted: 1)).totals.accepted == 1)
    }

    @Test func aSpreadIsByNearestRank() throws {
        #expect(AppSnapshot.Spread([]) == nil)
        let one = try #require(AppSnapshot.Spread([7]))
        #expect(one.median == 7 && one.p95 == 7 && one.max == 7)
        let four = try #require(AppSnapshot.Spread([40, 10, 30, 20]))
        #expect(four.median == 20 && four.p95 == 40 && four.max == 40)
        let hundred = try #require(AppSnapshot.Spread(Array(1...100)))
        #expect(hundred.median == 50 && hundred.p95 == 95 && hundred.max == 100)
    }
}

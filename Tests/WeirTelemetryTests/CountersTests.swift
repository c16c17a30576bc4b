import Testing
import WeirCore
import WeirTelemetry

@Suite("Counters")
struct CountersTests {
    @Test func shardsAddUp() {
        let counters = Counters(count: 9, shards: 3)
        for shard in 0..<3 { counters.add(shard + 1, at: 8, shard: shard) }
        counters.add(10, at: 8, shard: 1)
        #expect(counters.sum(at: 8) == 16)
        #expect((0..<8).allSatisfy { counters.sum(at: $0) == 0 })
        counters.set(5, at: 8, shard: 1)
        #expect(counters.value(at: 8, shard: 1) == 5 && counters.sum(at: 8) == 9)
    }

    /// One writer a shard loses nothing, and a reader never sees a sum go back.
    @Test func writersDoNotDisturbEachOther() async {
        let counters = Counters(count: 2, shards: 4)
        let rounds = 50_000
        await withTaskGroup(of: Void.self) { group in
            for shard in 0..<4 {
                group.addTask { for _ in 0..<rounds { counters.add(1, at: 1, shard: shard) } }
            }
            group.addTask {
                var last = 0
                while last < 4 * rounds {
                    let sum = counters.sum(at: 1)
                    #expect(sum >= last)
                    last = sum
                    await Task.yield()
                }
            }
        }
        #expect(counters.sum(at: 1) == 4 * rounds)
    }
}

@Suite("Time histograms")
struct TimeHistogramTests {
    @Test func aBoundBelongsToItsOwnBucket() {
        let counters = Counters(count: TimeHistogram.cellCount, shards: 1)
        var expected: [Int] = []
        for bound in TimeHistogram.bounds {
            counters.observe(bound, histogramAt: 0, shard: 0)
            counters.observe(bound + Nanoseconds(1), histogramAt: 0, shard: 0)
            expected.append(expected.isEmpty ? 1 : 2)
        }
        let tally = counters.tally(histogramAt: 0)
        #expect(tally.buckets == expected + [1])
        #expect(tally.count == 2 * TimeHistogram.bounds.count)
        let sum = TimeHistogram.bounds.reduce(0) { $0 + 2 * $1.count + 1 }
        #expect(tally.sum == Nanoseconds(sum))
    }

    @Test func boundsReachFromAMillisecondToAMinute() {
        #expect(TimeHistogram.bounds == TimeHistogram.bounds.sorted())
        #expect(TimeHistogram.bounds.first == .milliseconds(1) && TimeHistogram.bounds.last == .seconds(60))
    }
}

@Suite("Status labels")
struct StatusLabelsTests {
    @Test func everyNumberHasALabelAndTheyAreFew() {
        #expect(StatusLabels.all.count < 64)
        #expect(Set(StatusLabels.all).count == StatusLabels.all.count)
        for status in -10...1_200 {
            let label = StatusLabels.all[StatusLabels.index(of: status)]
            let isNamed = label == "\(status)"
            let isClass = (100..<600).contains(status) && label == "\(status / 100)xx"
            let isOther = !(100..<600).contains(status) && label == "other"
            #expect(isNamed || isClass || isOther, "\(status): \(label)")
        }
        for status in [200, 404, 499, 502, 503, 504] {
            #expect(StatusLabels.all[StatusLabels.index(of: status)] == "\(status)")
        }
    }
}

@Suite("The server's counters")
struct ServerMetricsTests {
    private func outcome(_ status: Int) -> LaneMetrics.Outcome {
        LaneMetrics.Outcome(
            status: status, total: .milliseconds(30), wait: .milliseconds(10), service: .milliseconds(20))
    }

    @Test func aLaneThatIsConfiguredAgainGoesOnCounting() {
        let metrics = ServerMetrics(loops: 2)
        metrics.app("web", lanes: ["default", "bulk"]).lanes[1].record(outcome(200), loop: 0)
        let again = metrics.app("web", lanes: ["new", "bulk"])
        again.lanes[1].record(outcome(200), loop: 1)
        again.lanes[1].record(outcome(503), loop: 1)
        #expect(metrics.lanes(of: "web").map(\.name) == ["bulk", "default", "new"])
        let totals = again.lanes[1].totals
        #expect(totals.statuses.map(\.status) == ["200", "503"] && totals.statuses.map(\.count) == [2, 1])
        #expect(totals.wait.sum == .milliseconds(30) && totals.service.sum == .milliseconds(60))
        #expect(totals.total.count == 3)
    }

    @Test func whatIsRemovedIsForgotten() {
        let metrics = ServerMetrics(loops: 1)
        let old = metrics.app("old", lanes: ["default"])
        metrics.app("web", lanes: ["default", "bulk"]).lanes[0].record(outcome(200), loop: 0)
        metrics.keepOnly(["web": ["default"]])
        // A request of it may still end.
        old.lanes[0].record(outcome(200), loop: 0)
        #expect(metrics.lanes(of: "old").isEmpty)
        #expect(metrics.lanes(of: "web").map(\.name) == ["default"])
        #expect(metrics.lanes(of: "web")[0].totals.total.count == 1)
    }

    @Test func aRequestThatNoWorkerHadHasNeitherWaitNorService() {
        let lane = ServerMetrics(loops: 1).app("web", lanes: ["default"]).lanes[0]
        lane.record(LaneMetrics.Outcome(status: 503, total: .zero, wait: nil, service: nil), loop: 0)
        #expect(lane.totals.wait.count == 0 && lane.totals.service.count == 0 && lane.totals.total.count == 1)
    }

    @Test func aLoopKnowsFilesFromItsOwnAnswers() {
        let loop = LoopMetrics()
        loop.fileServed(status: 200)
        loop.fileServed(status: 304)
        loop.answeredItself(status: 200)
        loop.answeredItself(status: 599)
        loop.swept(idle: 3, active: 1, late: .milliseconds(2))
        loop.swept(idle: 2, active: 4, late: .milliseconds(2))
        #expect(loop.files == [StatusCount(status: "200", count: 1), StatusCount(status: "304", count: 1)])
        #expect(loop.own == [StatusCount(status: "200", count: 1), StatusCount(status: "5xx", count: 1)])
        #expect(loop.idle == 2 && loop.active == 4)
        #expect(loop.lag.count == 2 && loop.lag.buckets[1] == 2)
    }
}

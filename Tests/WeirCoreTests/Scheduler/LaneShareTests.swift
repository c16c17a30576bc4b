import Testing
import WeirCore

@Suite struct LaneShareTests {
    @Test func theWorkedRowHolds() {
        var reports = LaneShare(weight: 1)
        reports.count(running: 2, now: at(200))
        #expect(reports.attained == 0.4e9)
        #expect(reports.tag(running: 2, expected: 0.2e9) == 0.8e9)
        var pages = LaneShare(weight: 3)
        pages.count(running: 5, now: at(300))
        #expect(pages.attained == 0.5e9)
        #expect(abs(pages.tag(running: 5, expected: 0.06e9) - 0.6e9) < 1)
    }

    /// Lanes that always wait get the workers' time by weight, whatever their requests take, within the stated bound at
    /// every moment.
    @Test(arguments: 0..<20) func lanesThatWaitShareTheWorkersTimeByWeight(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let lanes = (0..<2 + generator.below(3)).map {
            LanePolicy(name: "\($0)", limit: 10_000, timeout: .minutes(1_000), weight: 1 + generator.below(5))
        }
        let meanTimes = lanes.map { _ in [10, 30, 100][generator.below(3)] }
        var run = SaturatedRun(lanes: lanes, workers: 1 + generator.below(6), meanTimes: meanTimes)
        run.run(until: at(30_000), &generator)
        #expect(run.worstExcess <= 0, "the fairness bound was exceeded by \(run.worstExcess) s")
        let weights = lanes.map { Double($0.weight) }
        for lane in lanes.indices {
            let share = run.time[lane] / run.time.reduce(0, +)
            #expect(abs(share - weights[lane] / weights.reduce(0, +)) < 0.04, "lane \(lane) of \(meanTimes)")
        }
    }

    @Test func aLaneThatWasIdleHasNoCredit() {
        var scheduler = Scheduler<Int>(lanes: [lane("a"), lane("b")], loops: 1)
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        // Lane a has used the worker for a second, with its own requests waiting all the time.
        for request in 0..<102 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(0)) }
        for round in 1..<100 { _ = scheduler.finished(WorkerID(0), now: at(round * 10)) }
        for request in 200..<220 { _ = scheduler.arrive(request, lane: 1, loop: 0, now: at(991)) }
        for request in 103..<110 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(992)) }
        let served = (100..<108).map { scheduler.finished(WorkerID(0), now: at($0 * 10)).handedOut?.lane }
        // With credit for that second, lane b would be served eight times in a row.
        #expect((3...5).contains(served.count { $0 == 0 }), "\(served)")
    }

    @Test func aSlowLaneGetsNoMoreForBeingSlow() {
        var generator = SeededGenerator(seed: 4)
        let lanes = [
            LanePolicy(name: "pages", limit: 100, timeout: .minutes(9)),
            LanePolicy(name: "reports", limit: 100, timeout: .minutes(9)),
        ]
        var run = SaturatedRun(lanes: lanes, workers: 4, meanTimes: [20, 500])
        run.run(until: at(40_000), &generator)
        #expect(abs(run.time[0] / run.time[1] - 1) < 0.1)
        #expect(run.completions[0] > run.completions[1] * 20)
    }

    @Test func aHigherPriorityGoesFirstAndALowerOneTimesOutAtItsDeadline() {
        let lanes = [
            LanePolicy(name: "bulk", limit: 10, timeout: .milliseconds(500), priority: .low),
            LanePolicy(name: "pages", limit: 10, timeout: .seconds(5), priority: .high),
        ]
        var scheduler = Scheduler<Int>(lanes: lanes, loops: 1)
        _ = scheduler.addWorker(WorkerID(0), loop: 0, now: at(0))
        for request in 0..<3 { _ = scheduler.arrive(request, lane: 0, loop: 0, now: at(0)) }
        for request in 10..<13 { _ = scheduler.arrive(request, lane: 1, loop: 0, now: at(1)) }
        let served = (1...4).map { scheduler.finished(WorkerID(0), now: at($0 * 100)).request }
        #expect(served == [10, 11, 12, 1])
        var expired: [Int] = []
        scheduler.expire(now: at(500)) { request, _ in expired.append(request) }
        #expect(expired == [2])
    }
}

/// Lanes that never run out of waiting requests.
private struct SaturatedRun: ~Copyable {
    var scheduler: Scheduler<Int>
    let lanes: [LanePolicy]
    let meanTimes: [Int]
    var busy: [(lane: Int, since: Instant, until: Instant)]
    var time: [Double]
    var completions: [Int]
    private var longest: [Double]
    /// By how much the difference between two lanes was above the fairness bound, in seconds a weight.
    var worstExcess = -Double.infinity

    init(lanes: [LanePolicy], workers: Int, meanTimes: [Int]) {
        self.lanes = lanes
        self.meanTimes = meanTimes
        scheduler = Scheduler(lanes: lanes, loops: 1)
        time = lanes.map { _ in 0 }
        longest = time
        completions = lanes.map { _ in 0 }
        busy = []
        for lane in lanes.indices {
            for _ in 0..<40 { _ = scheduler.arrive(lane, lane: lane, loop: 0, now: .zero) }
        }
        for worker in 0..<workers {
            let handedOut = scheduler.addWorker(WorkerID(worker), loop: 0, now: .zero).handedOut
            busy.append((handedOut?.lane ?? 0, .zero, .zero + .milliseconds(1 + worker)))
        }
    }

    mutating func run(until end: Instant, _ generator: inout SeededGenerator) {
        while let worker = busy.indices.min(by: { busy[$0].until < busy[$1].until }), busy[worker].until < end {
            let (lane, since, now) = busy[worker]
            time[lane] += (now - since).seconds
            longest[lane] = max(longest[lane], (now - since).seconds)
            completions[lane] += 1
            let next = scheduler.finished(WorkerID(worker), now: now).handedOut?.lane ?? 0
            _ = scheduler.arrive(next, lane: next, loop: 0, now: now)
            // From half to one and a half times the mean.
            let span = meanTimes[next] * (500 + generator.below(1_001))
            busy[worker] = (next, now, now + .microseconds(span))
            judge(now)
        }
    }

    private mutating func judge(_ now: Instant) {
        var used = time
        var most = longest
        for work in busy {
            used[work.lane] += (now - work.since).seconds
            most[work.lane] = max(most[work.lane], (now - work.since).seconds)
        }
        let workers = Double(busy.count)
        for (a, b) in lanes.indices.flatMap({ a in lanes.indices.map { (a, $0) } }) where a < b {
            let weights = (Double(lanes[a].weight), Double(lanes[b].weight))
            let difference = abs(used[a] / weights.0 - used[b] / weights.1)
            // A request at hand may turn out to be the longest.
            let bound = workers * (max(most[a], limitOfTime(a)) / weights.0 + max(most[b], limitOfTime(b)) / weights.1)
            worstExcess = max(worstExcess, difference - bound)
        }
    }

    private func limitOfTime(_ lane: Int) -> Double { Double(meanTimes[lane]) * 0.0015 }
}

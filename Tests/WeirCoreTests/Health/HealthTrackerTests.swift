import Testing
import WeirCore

@Suite struct HealthTrackerTests {
    private static let probes = HealthConfiguration.Probes(
        interval: .seconds(5), timeout: .seconds(2), rise: 2, fall: 3)

    @Test(
        "what speaks against a target",
        arguments: [
            (HealthOutcome.connectionFailed, true), (.timedOut, true), (.answered(status: 502), true),
            (.answered(status: 503), true), (.answered(status: 504), true), (.answered(status: 500), false),
            (.answered(status: 404), false), (.answered(status: 200), false), (.answered(status: 505), false),
        ])
    func failures(outcome: HealthOutcome, isFailure: Bool) {
        var tracker = HealthTracker(HealthConfiguration(failures: 5), now: at(0))
        let isOutlier = (1...5).map { tracker.record(outcome, now: at($0)) }.last
        #expect(isOutlier == isFailure)
    }

    @Test("only failures in a row count")
    func inARow() {
        var tracker = HealthTracker(HealthConfiguration(failures: 3), now: at(0))
        let outcomes: [HealthOutcome] = [.timedOut, .timedOut, .answered(status: 500), .timedOut, .timedOut, .timedOut]
        #expect(outcomes.map { tracker.record($0, now: at(1)) } == [false, false, false, false, false, true])
    }

    @Test("the worked row of the ejections holds")
    func workedRow() {
        var tracker = HealthTracker(HealthConfiguration(ejection: .seconds(30)), now: at(0))
        tracker.eject(now: at(0))
        #expect(tracker.ejectedUntil == at(30_000) && !tracker.isFit)
        _ = tracker.tick(now: at(30_000))
        #expect(tracker.isFit)
        tracker.eject(now: at(40_000))
        #expect(tracker.ejectedUntil == at(100_000))
        _ = tracker.tick(now: at(159_999))
        #expect(tracker.ejections == 2)
        _ = tracker.tick(now: at(160_000))
        #expect(tracker.ejections == 1)
        _ = tracker.tick(now: at(190_000))
        #expect(tracker.ejections == 0)
    }

    @Test("no ejection is longer than five minutes")
    func longest() {
        var tracker = HealthTracker(HealthConfiguration(ejection: .seconds(90)), now: at(0))
        var now = at(0)
        for expected in [90, 180, 270, 300, 300] {
            tracker.eject(now: now)
            let until = tracker.ejectedUntil ?? now
            #expect(until - now == .seconds(expected))
            now = until
            _ = tracker.tick(now: now)
        }
    }

    @Test("probes are due at once and then at intervals, one at a time")
    func probesAreDue() {
        var tracker = HealthTracker(HealthConfiguration(probes: Self.probes), now: at(0))
        var due: [Int] = []
        for now in stride(from: 0, through: 20_000, by: 500) where tracker.tick(now: at(now)) {
            due.append(now)
            _ = tracker.record(.probePassed, now: at(now + 10))
        }
        #expect(due == [0, 5_000, 10_000, 15_000, 20_000])
    }

    @Test("a target falls and rises with its probes")
    func riseAndFall() {
        var tracker = HealthTracker(HealthConfiguration(probes: Self.probes), now: at(0))
        var fit: [Bool] = []
        for (step, hasPassed) in [true, false, false, true, false, false, false, true, false, true, true].enumerated() {
            let isDue = tracker.tick(now: at(step * 5_000))
            #expect(isDue)
            _ = tracker.record(hasPassed ? .probePassed : .probeFailed, now: at(step * 5_000 + 100))
            fit.append(tracker.isFit)
        }
        #expect(fit == [true, true, true, true, true, true, false, false, false, false, true])
    }

    @Test("a probe without an answer fails by its timeout, and its late answer is not taken")
    func probeTimesOut() {
        var tracker = HealthTracker(
            HealthConfiguration(probes: .init(interval: .seconds(5), timeout: .seconds(2), rise: 1, fall: 1)),
            now: at(0))
        #expect(tracker.tick(now: at(0)) == true)
        #expect(tracker.tick(now: at(1_900)) == false)
        #expect(tracker.isFit)
        #expect(tracker.tick(now: at(2_000)) == false)
        #expect(!tracker.isFit)
        _ = tracker.record(.probePassed, now: at(2_100))
        #expect(!tracker.isFit)
        #expect(tracker.tick(now: at(5_000)) == true)
        _ = tracker.record(.probePassed, now: at(5_010))
        #expect(tracker.isFit)
    }

    @Test("probes that pass end an ejection early")
    func probesBringBack() {
        var tracker = HealthTracker(HealthConfiguration(probes: Self.probes, ejection: .seconds(60)), now: at(0))
        _ = tracker.tick(now: at(0))
        _ = tracker.record(.probePassed, now: at(1))
        tracker.eject(now: at(100))
        for now in [5_000, 10_000] {
            #expect(!tracker.isFit)
            _ = tracker.tick(now: at(now))
            _ = tracker.record(.probePassed, now: at(now + 1))
        }
        #expect(tracker.isFit)
    }
}

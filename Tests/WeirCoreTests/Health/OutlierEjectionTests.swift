import Testing
import WeirCore

@Suite struct OutlierEjectionTests {
    private func targets(_ count: Int, _ configuration: HealthConfiguration = .init(failures: 2)) -> OutlierEjection {
        var targets = OutlierEjection(configuration)
        for target in 0..<count { targets.add(WorkerID(target), now: at(0)) }
        return targets
    }

    /// Enough failures in a row for an ejection.
    private func fail(_ target: Int, of targets: inout OutlierEjection, now: Int) -> [OutlierEjection.Change] {
        let first = targets.record(.connectionFailed, WorkerID(target), now: at(now))
        return first + targets.record(.connectionFailed, WorkerID(target), now: at(now))
    }

    @Test("at most half of the targets are ejected", arguments: [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (9, 4)])
    func half(count: Int, ejected: Int) {
        var targets = targets(count)
        let changes = (0..<count).flatMap { fail($0, of: &targets, now: 10) }
        #expect(changes == (0..<ejected).map { .ejected(WorkerID($0), until: at(30_010)) })
    }

    @Test("one that comes back leaves its turn to another that fails")
    func returns() {
        var targets = targets(2)
        #expect(fail(0, of: &targets, now: 0).count == 1)
        #expect(fail(1, of: &targets, now: 10) == [])
        #expect(targets.tick(now: at(29_999)).changes == [])
        #expect(targets.tick(now: at(30_000)).changes == [.returned(WorkerID(0))])
        #expect(targets.record(.connectionFailed, WorkerID(1), now: at(30_001)).count == 1)
    }

    @Test("the last one that is fit stays, also when the others are unwell by their probes")
    func lastFit() {
        var targets = targets(4, .init(probes: .init(rise: 1, fall: 1), failures: 2))
        #expect(targets.tick(now: at(0)).probes.count == 4)
        #expect(targets.record(.probeFailed, WorkerID(0), now: at(1)) == [.unwell(WorkerID(0))])
        #expect(fail(1, of: &targets, now: 2).count == 1)
        #expect(fail(2, of: &targets, now: 3) == [], "half of them are out")
        _ = targets.record(.probeFailed, WorkerID(2), now: at(4))
        _ = targets.record(.probeFailed, WorkerID(3), now: at(4))
        #expect((0..<4).allSatisfy { targets[WorkerID($0)]?.isFit == false }, "probes are told as they are")
        #expect(targets.tick(now: at(5_000)).probes.count == 4)
        // Its first probe had no answer, which counts as a failure by now.
        let changes = targets.record(.probePassed, WorkerID(1), now: at(5_001))
        #expect(changes == [.well(WorkerID(1)), .returned(WorkerID(1))])
    }

    @Test("old news of a target that is gone changes nothing, and its number may be used again")
    func gone() {
        var targets = targets(3)
        targets.remove(WorkerID(1))
        targets.remove(WorkerID(7))
        #expect(fail(1, of: &targets, now: 0) == [])
        #expect(fail(7, of: &targets, now: 0) == [])
        #expect(targets[WorkerID(1)] == nil)
        targets.add(WorkerID(1), now: at(1))
        #expect(fail(1, of: &targets, now: 2).count == 1)
    }

    @Test("whatever is recorded, one fit target is never ejected, half stay, and who is ejected comes back")
    func property() {
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let count = 1 + generator.below(7)
            let hasProbes = generator.oneIn(2)
            let configuration = HealthConfiguration(
                probes: hasProbes ? .init(rise: 1 + generator.below(3), fall: 1 + generator.below(3)) : nil,
                failures: 1 + generator.below(4), ejection: .seconds(1 + generator.below(60)))
            var targets = targets(count, configuration)
            var ejected: [WorkerID: Instant] = [:]
            var now = at(0)
            func take(_ changes: [OutlierEjection.Change], fitBefore: Int) {
                for change in changes {
                    switch change {
                    case .ejected(let target, let until):
                        #expect(ejected.updateValue(until, forKey: target) == nil, "ejected twice")
                        #expect(fitBefore > 1, "the last one was ejected: seed \(seed)")
                        #expect(until - now <= HealthConfiguration.longestEjection)
                        #expect(ejected.count <= max(1, count / 2), "seed \(seed)")
                    case .returned(let target):
                        let until = ejected.removeValue(forKey: target)
                        #expect(until.map { now >= $0 || hasProbes } ?? false, "came back unasked: seed \(seed)")
                    case .unwell, .well: #expect(hasProbes)
                    }
                }
            }
            for _ in 0..<300 {
                now = now + .milliseconds(generator.below(3_000))
                let fit = (0..<count).count { targets[WorkerID($0)]?.isFit == true }
                let target = WorkerID(generator.below(count))
                let outcomes: [HealthOutcome] = [
                    .connectionFailed, .timedOut, .answered(status: 503), .answered(status: 200), .probeFailed,
                    .probePassed,
                ]
                take(targets.record(outcomes[generator.below(6)], target, now: now), fitBefore: fit)
                take(targets.tick(now: now).changes, fitBefore: fit)
                #expect(ejected.values.allSatisfy { $0 > now }, "still ejected: seed \(seed)")
            }
        }
    }
}

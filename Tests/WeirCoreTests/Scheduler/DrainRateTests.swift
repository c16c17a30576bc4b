import Testing
import WeirCore

@Suite struct DrainRateTests {
    private func measured(_ span: Nanoseconds, times: Int = 32, at now: Instant = .zero) -> DrainRate {
        var drain = DrainRate()
        for _ in 0..<times { drain.record(span, now: now) }
        return drain
    }

    @Test func theWorkedRowHolds() {
        let drain = measured(.milliseconds(200))
        #expect(drain.meanServiceTime == .milliseconds(200))
        #expect(drain.perSecond(workers: 10) == 50)
        #expect(drain.expectedWait(ahead: 99, workers: 10, now: .zero) == .seconds(2))
        #expect(drain.retryAfter(waiting: 99, workers: 10) == 2)
    }

    @Test func thereIsNoWaitWithoutEvidence() {
        #expect(DrainRate().expectedWait(ahead: 9, workers: 1, now: .zero) == nil)
        #expect(measured(.seconds(9), times: 7).expectedWait(ahead: 9, workers: 1, now: .zero) == nil)
        #expect(measured(.seconds(9), times: 8).expectedWait(ahead: 9, workers: 1, now: .zero) == .seconds(90))
        #expect(measured(.seconds(9)).expectedWait(ahead: 9, workers: 0, now: .zero) == nil)
    }

    @Test func evidenceGoesStaleAfterAMinute() {
        let drain = measured(.seconds(9))
        #expect(drain.expectedWait(ahead: 0, workers: 1, now: .zero + .seconds(60)) == .seconds(9))
        #expect(drain.expectedWait(ahead: 0, workers: 1, now: .zero + .milliseconds(60_001)) == nil)
    }

    @Test func anIdlePeriodLeavesTheRateAsItWas() {
        let drain = measured(.milliseconds(20))
        let later = Instant.zero + .seconds(50)
        #expect(drain.expectedWait(ahead: 3, workers: 2, now: later) == .milliseconds(40))
        #expect(drain.perSecond(workers: 2) == 100)
    }

    @Test func itFollowsAChangeOfSpeedWithinAFewDozenRequests() {
        var drain = measured(.milliseconds(10), times: 1_000)
        for _ in 0..<100 { drain.record(.milliseconds(100), now: .zero) }
        #expect(abs((drain.meanServiceTime ?? .zero).milliseconds - 100) < 5)
    }

    @Test func retryAfterStaysBetweenASecondAndAMinute() {
        #expect(DrainRate().retryAfter(waiting: 500, workers: 4) == 1)
        #expect(measured(.milliseconds(1)).retryAfter(waiting: 5, workers: 4) == 1)
        #expect(measured(.seconds(10)).retryAfter(waiting: 500, workers: 4) == 60)
        #expect(measured(.seconds(10)).retryAfter(waiting: 500, workers: 0) == 1)
    }
}

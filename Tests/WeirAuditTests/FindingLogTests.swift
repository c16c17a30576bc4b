import Testing

@testable import WeirAudit

@Suite struct FindingLogTests {
    private func finding(_ subject: String, _ severity: Severity, requests: Int) -> Finding {
        Finding(
            kind: "static", subject: subject, before: "1", after: "2", requests: requests, severity: severity, path: "/"
        )
    }

    /// Told at 1, 2, 4, … requests, one request a round.
    private func log(rounds: Int, changesUntil last: Int, _ severity: Severity) -> [Finding] {
        var log = FindingLog()
        for round in 1...rounds {
            var told = 1
            while told * 2 <= min(round, last) { told *= 2 }
            log.endRound(round, [finding("A::$x", severity, requests: told)])
        }
        return log.findings(rounds: rounds)
    }

    @Test func whatGoesOnChangingIsAChange() {
        #expect(log(rounds: 50, changesUntil: 50, .change)[0].severity == .change)
        #expect(log(rounds: 63, changesUntil: 63, .growth)[0].severity == .growth)
    }

    @Test func whatCameToRestEarlyIsAnInitialisation() {
        #expect(log(rounds: 50, changesUntil: 3, .change)[0].severity == .initialisation)
    }

    @Test func dataOfARequestIsNeverHarmless() {
        #expect(log(rounds: 50, changesUntil: 1, .requestData)[0].severity == .requestData)
    }

    @Test func fewRoundsProveNoRest() {
        #expect(log(rounds: 7, changesUntil: 1, .change)[0].severity == .change)
    }

    @Test func theWorstComesFirst() {
        var log = FindingLog()
        log.endRound(
            1,
            [
                finding("A", .initialisation, requests: 1), finding("B", .growth, requests: 4),
                finding("D", .requestData, requests: 1), finding("C", .growth, requests: 4),
            ])
        #expect(log.findings(rounds: 1).map(\.subject) == ["D", "B", "C", "A"])
    }
}

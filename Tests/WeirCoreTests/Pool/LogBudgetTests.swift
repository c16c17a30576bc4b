import Testing
import WeirCore

@Suite struct LogBudgetTests {
    private func at(_ milliseconds: Int) -> Instant { .zero + .seconds(100) + .milliseconds(milliseconds) }

    @Test("the first ten lines of a second are written, and the others counted until it is over")
    func flood() {
        var budget = LogBudget()
        for line in 0..<10 { #expect(budget.take(now: at(line)) == .write) }
        #expect(budget.take(now: at(500)) == .suppressUntil(at(1_000)))
        for line in 0..<30 { #expect(budget.take(now: at(510 + line)) == .suppress) }
        // Whoever was to close it is late: nothing is written uncounted.
        #expect(budget.take(now: at(1_200)) == .suppress)
        #expect(budget.close() == 32)
        #expect(budget.take(now: at(1_201)) == .write)
    }

    @Test("ten lines a second are never too many")
    func steady() {
        var budget = LogBudget()
        for line in 0..<1_000 { #expect(budget.take(now: at(line * 100)) == .write) }
    }
}

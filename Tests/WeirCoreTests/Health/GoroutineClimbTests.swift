import Testing

@testable import WeirCore

@Suite struct GoroutineClimbTests {
    /// Reports by sample, of one sample a minute.
    private func reports(_ values: [Int], every span: Nanoseconds = .minutes(1)) -> [Int: GoroutineClimb.Report] {
        var climb = GoroutineClimb()
        var reports: [Int: GoroutineClimb.Report] = [:]
        for (index, value) in values.enumerated() {
            reports[index] = climb.sample(value, now: .zero + Nanoseconds(span.count * index))
        }
        return reports
    }

    @Test("the worked row holds: reported once, and again when it has doubled")
    func workedRow() {
        let found = reports((0..<30).map { 100 + 150 * $0 })
        #expect(found.keys.sorted() == [10, 21])
        #expect(found[10] == GoroutineClimb.Report(from: 100, to: 1_600, span: .minutes(10)))
    }

    @Test("a fall begins anew")
    func fall() {
        var values = (0..<10).map { 100 + 150 * $0 }
        values += [1_449] + (0..<9).map { 1_449 + 150 * $0 }
        #expect(reports(values).isEmpty)
        let twice = (0..<12).map { 150 * $0 } + [0] + (1..<12).map { 150 * $0 }
        #expect(reports(twice).keys.sorted() == [10, 22])
    }

    @Test("what is small, short, slow or flat is none")
    func none() {
        #expect(reports((0..<60).map { 10 + 10 * $0 }).isEmpty, "less than 1,000")
        #expect(reports((0..<20).map { 100_000 + 200 * $0 }).isEmpty, "less than half as many more")
        #expect(reports((0..<50).map { 100 + 150 * $0 }, every: .seconds(10)).isEmpty, "within ten minutes")
        #expect(reports((0..<9).map { 100 + 1_500 * $0 }, every: .minutes(5)).isEmpty, "nine samples")
        #expect(reports(Array(repeating: 5_000, count: 50)).isEmpty)
    }
}

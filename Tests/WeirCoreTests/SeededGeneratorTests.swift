import Testing
import WeirCore

@Suite struct SeededGeneratorTests {
    /// The published sequence of SplitMix64 for this seed.
    @Test func itIsSplitMix64() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test func fractionsStayBelowOneAndFillTheirRange() {
        var generator = SeededGenerator(seed: 1)
        let draws = (0..<10_000).map { _ in generator.fraction() }
        #expect(draws.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(draws.reduce(0, +) / 10_000 - 0.5) < 0.02)
    }
}

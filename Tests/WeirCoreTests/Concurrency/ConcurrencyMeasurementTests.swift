import Foundation
import Testing
import WeirCore

@Suite struct ConcurrencyMeasurementTests {
    private func measured(_ completions: Int, seconds: Double, processorUse: Double? = nil) -> ThroughputMeasurement {
        var measurement = ThroughputMeasurement()
        measurement.add(completions: completions, seconds: seconds, processorUse: processorUse)
        return measurement
    }

    @Test func theWorkedRowOfTheMeasurementHolds() {
        var measurement = ThroughputMeasurement()
        for count in [10, 10, 10, 10, 30] { measurement.add(completions: count, seconds: 0.1, processorUse: 0.5) }
        #expect(abs(measurement.perSecond - 140) < 1e-9)
        #expect(abs(measurement.dispersion - 5.714) < 1e-3)
        #expect(abs(measurement.variance - 0.0816) < 1e-4)
        #expect(abs((measurement.processorUse ?? 0) - 0.5) < 1e-12)
    }

    @Test func whatIsPartlyUnknownIsUnknown() {
        var measurement = measured(1, seconds: 1, processorUse: 0.5)
        measurement.add(completions: 1, seconds: 1, processorUse: nil)
        #expect(measurement.processorUse == nil)
    }

    @Test func theWorkedRowOfTheComparisonHolds() {
        let comparison = ConcurrencyComparison(
            low: 8, measured(1_000, seconds: 10), high: 16, measured(1_000, seconds: 7))
        #expect(abs(comparison.gain - log(1_000 / 7.0 / 100)) < 1e-6)
        #expect(abs(comparison.logLikelihood - 31.8) < 0.2)
        #expect(comparison.isWorthIt)
    }

    @Test func fewCompletionsDecideNothing() {
        let comparison = ConcurrencyComparison(low: 8, measured(8, seconds: 2), high: 16, measured(12, seconds: 2))
        #expect(!comparison.isWorthIt && !comparison.isNotWorthIt)
    }

    @Test func aLimitAtWhichNothingCompletesIsNotWorthIt() {
        let comparison = ConcurrencyComparison(low: 8, measured(800, seconds: 2), high: 16, measured(0, seconds: 5))
        #expect(comparison.isNotWorthIt)
    }
}

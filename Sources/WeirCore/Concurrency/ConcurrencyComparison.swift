/// Whether more concurrency gives more throughput, from a measurement at each of two limits.
///
///     g  gain               g = ln(X_high / X_low)
///     r  room for it        r = ln(high / low); all of it is gained when g = r
///     v  variance of g      v = v_high + v_low, see ``ThroughputMeasurement``
///     l  log likelihood     l = (r / 2) * (g - r / 4) / v
///
/// Two hypotheses: the higher limit gives nothing (g = 0), or it gives half of what it could (g = r / 2). At l >= 4 the
/// higher one is worth it, at l <= -4 it is not, each wrong about once in fifty; in between measure on.
///
/// Worked row: 1000 completions in 10 s at 8, and 1000 in 7 s at 16, both regular: g = ln(100 / 142.86) = 0.357,
/// r = 0.693, v = 0.002, l = 0.347 * (0.357 - 0.173) / 0.002 = 31.8: worth it.
///
/// Source: Wald's sequential probability ratio test for the mean of a normal variable, 1945.
package struct ConcurrencyComparison: Sendable {
    package static let certainty = 4.0

    package let logLikelihood: Double
    package let gain: Double

    package init(
        low: Int, _ atLow: ThroughputMeasurement, high: Int, _ atHigh: ThroughputMeasurement
    ) {
        let room = Logarithm.of(Double(high) / Double(low))
        // Half a completion more than none, so that a limit at which nothing completes can be compared.
        let lowRate = (atLow.completions + 0.5) / max(atLow.seconds, 1e-9)
        let highRate = (atHigh.completions + 0.5) / max(atHigh.seconds, 1e-9)
        gain = Logarithm.of(highRate / lowRate)
        logLikelihood = room / 2 * (gain - room / 4) / (atLow.variance + atHigh.variance)
    }

    package var isWorthIt: Bool { logLikelihood >= Self.certainty }
    package var isNotWorthIt: Bool { logLikelihood <= -Self.certainty }
}

/// The natural logarithm, by its series: the decisions import no C library.
enum Logarithm {
    static func of(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return value > 0 ? .infinity : -.infinity }
        // value = significand * 2^exponent, and ln m = 2 artanh((m - 1) / (m + 1)).
        let ratio = (value.significand - 1) / (value.significand + 1)
        var power = ratio
        var sum = 0.0
        for term in stride(from: 1.0, through: 39, by: 2) {
            sum += power / term
            power *= ratio * ratio
        }
        return 2 * sum + Double(value.exponent) * 0.693_147_180_559_945_3
    }
}

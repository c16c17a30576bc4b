/// Whether more concurrency gives more throughput, from windows of time with few and with many running, in turn.
///
///     e = d / r        d = (H - L) / ((H + L) / 2)        r = (h - l) / ((h + l) / 2)
///
///     L, H  completions a second with l, and with h > l, at once       e  elasticity
///
/// e = 1: the throughput grows as the concurrency does; 0: it does not grow; below 0: it falls. More is worth it if
/// e > 0.07: half as many running would cost 4.7 % of the throughput. Each pair of windows, one of each kind, gives an e.
/// After k pairs the mean is decided upon once it is further from 0.07 than the margin m:
///
///     k < 4     m = max(0.3, 6 * sqrt(v / k)) / r       v  mean of 1 / completions with l + 1 / completions with h
///     k >= 4    m = (2.33 + 3 / (k - 1) + 9 / (k - 1)^2) * s / sqrt(k)
///               s  standard deviation of e, sqrt(v) / (2 r) at least
///
/// A large difference is seen at once, a small one after as long as the noise of this very app takes. The first rule takes
/// completions to come by chance (Poisson) and is strict for those that are worse; the second measures the noise; its
/// factor is Student's t for 99 %. Pairs rather than one long measurement of each, because a load that drifts is then in
/// both. The difference is divided by the mean so that l and h have equal rights; it is almost the difference of the
/// logarithms.
///
/// Worked row: l = 8, h = 16, r = 8 / 12 = 0.667. A pair with 200 completions of l and 380 of h in one second each:
/// d = 180 / 290 = 0.621, e = 0.931; v = 0.00763, m = max(0.3, 0.524) / 0.667 = 0.786: 0.931 - 0.07 > 0.786: worth it.
package struct ThroughputComparison: Sendable {
    package struct Window: Hashable, Sendable {
        package var completions = 0
        package var seconds = 0.0

        package init(completions: Int = 0, seconds: Double = 0) {
            self.completions = completions
            self.seconds = seconds
        }

        package var perSecond: Double { seconds > 0 ? Double(completions) / seconds : 0 }
    }

    package enum Verdict: Hashable, Sendable { case moreIsWorthIt, moreIsNotWorthIt, open }

    package static let worthIt = 0.07
    package static let mostPairs = 16

    /// r.
    private let growth: Double
    package private(set) var pairs = 0
    private var sum = 0.0
    private var squares = 0.0
    private var chance = 0.0
    private var few = Window()
    private var many = Window()

    package init(low: Int, high: Int) { growth = Double(high - low) / (Double(high + low) / 2) }

    package mutating func add(low: Window, high: Window) {
        let total = low.perSecond + high.perSecond
        let elasticity = total > 0 ? (high.perSecond - low.perSecond) / (total / 2) / growth : 0
        pairs += 1
        sum += elasticity
        squares += elasticity * elasticity
        chance += 1 / Double(max(1, low.completions)) + 1 / Double(max(1, high.completions))
        few = Window(completions: few.completions + low.completions, seconds: few.seconds + low.seconds)
        many = Window(completions: many.completions + high.completions, seconds: many.seconds + high.seconds)
    }

    /// e.
    package var elasticity: Double { pairs > 0 ? sum / Double(pairs) : 0 }
    package var perSecondWithFew: Double { few.perSecond }
    package var perSecondWithMany: Double { many.perSecond }

    /// m.
    package var margin: Double {
        let count = Double(max(1, pairs))
        let byChance = chance / count
        guard pairs >= 4 else { return max(0.3, 6 * (byChance / count).squareRoot()) / growth }
        let freedom = count - 1
        let variance = max(0, squares - sum * sum / count) / freedom
        let deviation = max(variance.squareRoot(), byChance.squareRoot() / (2 * growth))
        return (2.33 + 3 / freedom + 9 / (freedom * freedom)) * deviation / count.squareRoot()
    }

    /// After ``mostPairs`` the noise is too large for the difference, which then matters little: the mean decides.
    package var verdict: Verdict {
        guard pairs > 0 else { return .open }
        let above = elasticity - Self.worthIt
        if above > margin { return .moreIsWorthIt }
        if above < -margin { return .moreIsNotWorthIt }
        guard pairs >= Self.mostPairs else { return .open }
        return above > 0 ? .moreIsWorthIt : .moreIsNotWorthIt
    }
}

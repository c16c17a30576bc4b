/// What an app completed while its concurrency was held, and how sure that is.
///
///     n  completions, t seconds     X = n / t
///     D  dispersion                 D = (sum(n_k^2 / t_k) - n^2 / t) / (k - 1) / X over the k samples; 1...10
///     v  variance of ln X           v = D / n
///
/// D is 1 for a Poisson stream. Less is not believed, since few samples look regular by chance; more is what uneven service
/// times look like. The number before 5 samples is 1.
///
/// Worked row: 4 samples of 0.1 s with 10 completions, and one with 30: n = 70, t = 0.5 s, X = 140/s,
/// D = ((4 * 100 + 900) / 0.1 - 4900 / 0.5) / 4 / 140 = 5.714, v = 5.714 / 70 = 0.0816.
package struct ThroughputMeasurement: Sendable {
    package private(set) var completions = 0.0
    package private(set) var seconds = 0.0
    package private(set) var samples = 0.0
    private var squares = 0.0
    private var processorSeconds = 0.0
    private var knowsProcessor = true

    package init() {}

    package mutating func add(completions count: Int, seconds span: Double, processorUse: Double?) {
        guard span > 0 else { return }
        completions += Double(count)
        seconds += span
        samples += 1
        squares += Double(count * count) / span
        processorSeconds += (processorUse ?? 0) * span
        if processorUse == nil { knowsProcessor = false }
    }

    /// Lets what is new count more.
    package mutating func halve() {
        completions /= 2
        seconds /= 2
        samples /= 2
        squares /= 2
        processorSeconds /= 2
    }

    package var perSecond: Double { seconds > 0 ? completions / seconds : 0 }

    /// 0...1; nil when unknown for a part of the time.
    package var processorUse: Double? { knowsProcessor && seconds > 0 ? processorSeconds / seconds : nil }

    package var dispersion: Double {
        guard samples >= 5, completions > 0 else { return 1 }
        let excess = squares - completions * completions / seconds
        return min(max(excess / (samples - 1) / perSecond, 1), 10)
    }

    /// Of the logarithm of the throughput.
    package var variance: Double { dispersion / max(completions, 1) }
}

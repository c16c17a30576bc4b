/// Runs an app under two limits in turn, in the order from, to, to, from, and again, and compares what it completes.
///
///     window   as long as 200 completions take, 0.5 s at least and 3 s at most, but never less than 4 S
///     settling after each change of the limit the first max(0.15 s, 1.5 S) do not count, nor does the time until no more
///              run than may: what runs then was admitted under the other limit
///     S        service time, by Little's law: requests running / completions a second
///
/// Worked row: 32 running, 400 completions a second: S = 80 ms, windows of 0.5 s, 0.15 s settling: a pair takes 1.15 s on
/// average, as every other window goes on with the limit of the one before.
package struct ConcurrencyTrial: Sendable {
    package static let completionsWanted = 200.0
    package static let leastCompletions = 20.0
    package static let longestWindow = 8.0

    /// How long to measure; nil: the app is too slow for a trial to tell anything in reasonable time.
    package struct Pace: Hashable, Sendable {
        package var window: Double
        package var settling: Double

        package init?(perSecond: Double, running: Double) {
            guard perSecond > 0 else { return nil }
            let serviceTime = running / perSecond
            window = max(min(max(ConcurrencyTrial.completionsWanted / perSecond, 0.5), 3), 4 * serviceTime)
            settling = max(0.15, 1.5 * serviceTime)
            guard window <= ConcurrencyTrial.longestWindow,
                window * perSecond >= ConcurrencyTrial.leastCompletions
            else { return nil }
        }
    }

    package let from: Int
    package let to: Int
    package private(set) var comparison: ThroughputComparison
    /// The limit to be in force now.
    package private(set) var limit: Int
    private let pace: Pace
    private var windows = 0
    private var settling: Double
    private var window = ThroughputComparison.Window()
    private var first = ThroughputComparison.Window()

    package init(from: Int, to: Int, pace: Pace) {
        self.from = from
        self.to = to
        self.pace = pace
        comparison = ThroughputComparison(low: min(from, to), high: max(from, to))
        limit = from
        settling = pace.settling
    }

    package mutating func tick(seconds: Double, completions: Int, running: Int) -> ThroughputComparison.Verdict {
        guard settling <= 0 else {
            if running <= limit { settling -= seconds }
            return .open
        }
        window.completions += completions
        window.seconds += seconds
        guard window.seconds >= pace.window else { return .open }
        defer { window = ThroughputComparison.Window() }
        windows += 1
        if windows % 2 == 1 {
            first = window
            limit = limit == from ? to : from
            settling = pace.settling
            return .open
        }
        // The second window of a pair goes on as the first of the next.
        let isFirstLow = (limit == from) == (to < from)
        comparison.add(low: isFirstLow ? first : window, high: isFirstLow ? window : first)
        return comparison.verdict
    }
}

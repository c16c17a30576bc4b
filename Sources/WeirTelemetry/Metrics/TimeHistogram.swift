import WeirCore

/// Where spans of time are counted: how many took at most 1 ms, 2.5 ms and so on up to a minute. The same bounds
/// everywhere, so that any two histograms can be compared.
package enum TimeHistogram {
    /// Upper bounds, inclusive. What is above the last one is counted behind it.
    package static let bounds: [Nanoseconds] = [
        .milliseconds(1), .microseconds(2_500), .milliseconds(5), .milliseconds(10), .milliseconds(25),
        .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1),
        .milliseconds(2_500), .seconds(5), .seconds(10), .seconds(30), .seconds(60),
    ]

    /// One a bound, one for what is above, and the sum.
    package static let cellCount = bounds.count + 2

    static func bucket(of span: Nanoseconds) -> Int {
        var index = 0
        while index < bounds.count && bounds[index] < span { index += 1 }
        return index
    }

    /// What a histogram has counted.
    package struct Tally: Hashable, Sendable {
        /// One a bound and one for what is above; not cumulative.
        package var buckets = [Int](repeating: 0, count: bounds.count + 1)
        package var sum = Nanoseconds.zero

        package init() {}

        package var count: Int { buckets.reduce(0, +) }

        package static func + (a: Tally, b: Tally) -> Tally {
            var sum = a
            for index in sum.buckets.indices { sum.buckets[index] += b.buckets[index] }
            sum.sum = a.sum + b.sum
            return sum
        }
    }
}

extension Counters {
    /// Counts `span` in the histogram whose cells begin at `first`.
    package func observe(_ span: Nanoseconds, histogramAt first: Int, shard: Int) {
        add(1, at: first + TimeHistogram.bucket(of: span), shard: shard)
        add(span.count, at: first + TimeHistogram.cellCount - 1, shard: shard)
    }

    package func tally(histogramAt first: Int) -> TimeHistogram.Tally {
        var tally = TimeHistogram.Tally()
        for index in tally.buckets.indices { tally.buckets[index] = sum(at: first + index) }
        tally.sum = Nanoseconds(sum(at: first + TimeHistogram.cellCount - 1))
        return tally
    }
}

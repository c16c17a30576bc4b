/// Latencies in microseconds, each within 1/64 of what it was.
///
/// A value below 128 has a bucket of its own; above, each doubling is cut into 64 buckets. The value v with its highest
/// bit at position h falls into bucket (h − 6)·64 + v >> (h − 6), whose lower bound is what a percentile reports.
/// Worked row: 1000 µs has h = 9, bucket 3·64 + 125 = 317, and is reported as 125 << 3 = 1000 µs.
struct LatencyHistogram {
    private var counts: [UInt32] = []
    private(set) var count = 0
    private var sum: Int64 = 0
    private(set) var largest: Int64 = 0

    mutating func add(_ latency: Nanoseconds) {
        let value = max(0, latency / 1000)
        let bucket = Self.bucket(of: value)
        if bucket >= counts.count { counts += repeatElement(0, count: bucket + 64 - counts.count) }
        counts[bucket] += 1
        count += 1
        sum += value
        largest = max(largest, value)
    }

    mutating func merge(_ other: LatencyHistogram) {
        if other.counts.count > counts.count { counts += repeatElement(0, count: other.counts.count - counts.count) }
        for (bucket, amount) in other.counts.enumerated() { counts[bucket] += amount }
        count += other.count
        sum += other.sum
        largest = max(largest, other.largest)
    }

    /// Microseconds; the smallest latency that `share` of all do not exceed.
    func percentile(_ share: Double) -> Int64 {
        let rank = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (bucket, amount) in counts.enumerated() {
            seen += Int(amount)
            if seen >= rank { return Self.lowerBound(of: bucket) }
        }
        return largest
    }

    var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

    static func bucket(of value: Int64) -> Int {
        guard value >= 128 else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - 6
        return shift * 64 + Int(value >> Int64(shift))
    }

    static func lowerBound(of bucket: Int) -> Int64 {
        guard bucket >= 128 else { return Int64(bucket) }
        let shift = bucket / 64 - 1
        return Int64(bucket - shift * 64) << Int64(shift)
    }
}

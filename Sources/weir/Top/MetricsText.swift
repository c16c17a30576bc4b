/// Prometheus's text format, as far as Weir writes it: numbers by name and labels.
struct MetricsText: Equatable {
    struct Series: Equatable {
        var labels: [String: String]
        var value: Double
    }

    private(set) var series: [String: [Series]] = [:]

    init(_ text: String = "") {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let (name, entry) = Self.read(line) else { continue }
            series[name, default: []].append(entry)
        }
    }

    /// `name{label="value",…} number`, or without braces.
    private static func read(_ line: Substring) -> (String, Series)? {
        guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
            return nil
        }
        let key = line[..<space]
        guard let brace = key.firstIndex(of: "{"), key.last == "}" else {
            return (String(key), Series(labels: [:], value: value))
        }
        var labels: [String: String] = [:]
        var rest = key[key.index(after: brace)...].dropLast()
        while let equals = rest.firstIndex(of: "=") {
            let name = String(rest[..<equals])
            rest = rest[equals...].dropFirst(2)
            var text = ""
            while let next = rest.popFirst(), next != "\"" {
                guard next == "\\", let escaped = rest.popFirst() else {
                    text.append(next)
                    continue
                }
                text.append(escaped == "n" ? "\n" : escaped)
            }
            labels[name] = text
            rest = rest.drop { $0 == "," }
        }
        return (String(key[..<brace]), Series(labels: labels, value: value))
    }

    /// All that have these labels. nil: there is no such number.
    func sum(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let matching = matching(name, labels)
        return matching.isEmpty ? nil : matching.reduce(0) { $0 + $1.value }
    }

    func matching(_ name: String, _ labels: [String: String]) -> [Series] {
        (series[name] ?? []).filter { entry in labels.allSatisfy { entry.labels[$0.key] == $0.value } }
    }

    /// Counts up to each bound, all series with these labels together.
    func buckets(_ name: String, _ labels: [String: String]) -> [(bound: Double, count: Double)] {
        var counts: [Double: Double] = [:]
        for entry in matching(name + "_bucket", labels) {
            guard let text = entry.labels["le"], let bound = text == "+Inf" ? .infinity : Double(text) else { continue }
            counts[bound, default: 0] += entry.value
        }
        return counts.sorted { $0.key < $1.key }.map { (bound: $0.key, count: $0.value) }
    }
}

/// Quantiles of what a histogram has counted between two readings.
struct HistogramDelta {
    private let buckets: [(bound: Double, count: Double)]

    init(_ name: String, _ labels: [String: String], from earlier: MetricsText?, to later: MetricsText) {
        let before = Dictionary(earlier?.buckets(name, labels).map { ($0.bound, $0.count) } ?? []) { first, _ in first }
        // Counts that went down are a server that was started again: all of it is new.
        let now = later.buckets(name, labels)
        let isFresh = now.contains { $0.count < before[$0.bound] ?? 0 }
        buckets = now.map { (bound: $0.bound, count: $0.count - (isFresh ? 0 : before[$0.bound] ?? 0)) }
    }

    var count: Double { buckets.last?.count ?? 0 }

    /// Linear within the bucket that holds the rank, as Prometheus's `histogram_quantile` has it.
    ///
    ///     value = lower + (upper - lower) × (q × n - below) / within
    ///
    /// 10 values up to 0.1 and 10 more up to 0.2: q = 0.75 is rank 15, so 0.1 + 0.1 × 5 / 10 = 0.15. In the last,
    /// unbounded bucket it is the largest bound there is. nil: nothing was counted.
    func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = share * count
        var (lower, below) = (0.0, 0.0)
        for bucket in buckets {
            if bucket.count >= rank && bucket.count > below {
                guard bucket.bound.isFinite else { return lower }
                return lower + (bucket.bound - lower) * (rank - below) / (bucket.count - below)
            }
            (lower, below) = (bucket.bound, bucket.count)
        }
        return lower
    }
}

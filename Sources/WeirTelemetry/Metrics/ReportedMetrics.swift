import Synchronization
import WeirWire

/// The numbers that one app reports of itself, by `weir_metric()`. They belong to the app's name, and outlive its workers and
/// generations. The app chooses the names and labels, so there is a limit to how many there may be.
package final class ReportedMetrics: Sendable {
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        case name = "a name is of a-z, 0-9 and _, begins with a letter, and is none of Weir's own"
        case label =
            "a label's name is of a-z, 0-9 and _, begins with a letter, is not app, le or quantile, and comes once"
        case suffix = "a gauge's name does not end in _total, _count, _sum or _bucket"
        case decreasing = "a counter only grows"
        case tooMany = "more series than limits.metric_series allows"
    }

    package struct Refusal: Equatable, Sendable {
        package var reason: String
        /// Nothing was refused for this reason before.
        package var isNews: Bool
    }

    /// One line of the page.
    package struct Series: Hashable, Sendable {
        package var labels: [TextPair]
        package var value: Double
    }

    package struct Family: Sendable {
        package var kind: MetricReport.Kind
        package var series: [Series]
    }

    private struct Key: Hashable {
        var name: String
        var labels: [TextPair]
    }

    private struct State {
        var seriesMax: Int
        var values: [Key: (kind: MetricReport.Kind, value: Double)] = [:]
        var refused = 0
        var said: Set<Reason> = []
    }

    static let nameBytesMax = 100
    static let labelBytesMax = 128
    /// ``weir_app_`` and one of these is Weir's own.
    private static let taken: Set<String> = ["cpu_seconds_total", "reports_refused_total"]

    private let state: Mutex<State>

    package init(seriesMax: Int) { state = Mutex(State(seriesMax: seriesMax)) }

    package func use(seriesMax: Int) { state.withLock { $0.seriesMax = seriesMax } }

    /// nil: it was taken.
    package func take(_ kind: MetricReport.Kind, _ name: String, _ value: Double, _ labels: [TextPair]) -> Refusal? {
        let name = kind == .counter && !name.hasSuffix("_total") ? name + "_total" : name
        let labels = labels.map { TextPair($0.name, Self.bounded($0.value)) }.sorted { $0.name < $1.name }
        let reason = Self.reasonToRefuse(kind, name, value, labels)
        return state.withLock { state in
            let key = Key(name: name, labels: labels)
            var reason = reason
            if reason == nil, state.values[key] == nil, state.values.count >= state.seriesMax { reason = .tooMany }
            if let reason {
                state.refused += 1
                return Refusal(reason: reason.rawValue, isNews: state.said.insert(reason).inserted)
            }
            switch kind {
            case .counter: state.values[key, default: (kind, 0)].value += value
            case .gauge: state.values[key] = (kind, value)
            }
            return nil
        }
    }

    /// By name, each with its series in order.
    package var families: [String: Family] {
        let values = state.withLock { $0.values }
        var families: [String: Family] = [:]
        for (key, number) in values {
            families[key.name, default: Family(kind: number.kind, series: [])].series
                .append(Series(labels: key.labels, value: number.value))
        }
        for name in families.keys {
            families[name]?.series.sort { one, other in
                one.labels.lexicographicallyPrecedes(other.labels) { ($0.name, $0.value) < ($1.name, $1.value) }
            }
        }
        return families
    }

    /// How many reports were not taken.
    package var refused: Int { state.withLock { $0.refused } }

    private static func reasonToRefuse(
        _ kind: MetricReport.Kind, _ name: String, _ value: Double, _ labels: [TextPair]
    ) -> Reason? {
        guard isName(name), name.utf8.count <= nameBytesMax, !taken.contains(name) else { return .name }
        if kind == .gauge, ["_total", "_count", "_sum", "_bucket"].contains(where: name.hasSuffix) { return .suffix }
        if kind == .counter, value < 0 { return .decreasing }
        let names = labels.map(\.name)
        let areFine = names.allSatisfy { name in
            isName(name) && name.utf8.count <= nameBytesMax && !["app", "le", "quantile"].contains(name)
        }
        return areFine && Set(names).count == names.count ? nil : .label
    }

    /// Lower case: what Prometheus' own check asks for.
    private static func isName(_ name: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = name.utf8.first, letters.contains(first) else { return false }
        return name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }

    private static func bounded(_ value: String) -> String {
        guard value.utf8.count > labelBytesMax else { return value }
        var short = value.prefix(labelBytesMax)
        while short.utf8.count > labelBytesMax { short.removeLast() }
        return String(short)
    }
}

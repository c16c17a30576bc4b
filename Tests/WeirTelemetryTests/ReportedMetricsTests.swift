import Testing
import WeirWire

@testable import WeirTelemetry

@Suite struct ReportedMetricsTests {
    private func take(
        _ metrics: ReportedMetrics, _ kind: MetricReport.Kind, _ name: String, _ value: Double = 1,
        _ labels: KeyValuePairs<String, String> = [:]
    ) -> ReportedMetrics.Refusal? {
        metrics.take(kind, name, value, labels.map { TextPair($0.key, $0.value) })
    }

    @Test func countersAddUpAndGaugesAreWhatTheyWereSetTo() {
        let metrics = ReportedMetrics(seriesMax: 10)
        for value in [1, 2.5] { #expect(take(metrics, .counter, "orders", value) == nil) }
        for value in [7, -1.0] { #expect(take(metrics, .gauge, "depth", value) == nil) }
        #expect(metrics.families["orders_total"]?.series == [.init(labels: [], value: 3.5)])
        #expect(metrics.families["depth"]?.series == [.init(labels: [], value: -1)])
    }

    @Test func theOrderOfLabelsDoesNotMatter() {
        let metrics = ReportedMetrics(seriesMax: 10)
        _ = take(metrics, .counter, "x", 1, ["a": "1", "b": "2"])
        _ = take(metrics, .counter, "x_total", 1, ["b": "2", "a": "1"])
        #expect(metrics.families["x_total"]?.series.map(\.value) == [2])
    }

    @Test(arguments: ["", "Orders", "1st", "a-b", "a b", "über", "_x", "x\n", "cpu_seconds", "reports_refused"])
    func aNameThatPrometheusWouldMindIsRefused(name: String) {
        let metrics = ReportedMetrics(seriesMax: 10)
        #expect(take(metrics, .counter, name)?.reason == ReportedMetrics.Reason.name.rawValue)
        #expect(metrics.families.isEmpty && metrics.refused == 1)
    }

    @Test(arguments: ["", "app", "le", "quantile", "__x", "Shop"])
    func soIsALabel(name: String) {
        let metrics = ReportedMetrics(seriesMax: 10)
        let labels = [TextPair(name, "v")]
        #expect(metrics.take(.gauge, "x", 1, labels)?.reason == ReportedMetrics.Reason.label.rawValue)
        let twice = [TextPair("a", "1"), TextPair("a", "2")]
        #expect(metrics.take(.gauge, "x", 1, twice)?.reason == ReportedMetrics.Reason.label.rawValue)
    }

    @Test func kindsDoNotMix() {
        let metrics = ReportedMetrics(seriesMax: 10)
        #expect(take(metrics, .gauge, "x_total")?.reason == ReportedMetrics.Reason.suffix.rawValue)
        #expect(take(metrics, .counter, "x", -1)?.reason == ReportedMetrics.Reason.decreasing.rawValue)
    }

    @Test func thereIsALimitAndItIsSaidOnce() {
        let metrics = ReportedMetrics(seriesMax: 2)
        for user in 0..<2 { #expect(take(metrics, .counter, "x", 1, ["user": "\(user)"]) == nil) }
        #expect(take(metrics, .counter, "x", 1, ["user": "2"])?.isNews == true)
        #expect(take(metrics, .counter, "y")?.isNews == false)
        #expect(take(metrics, .counter, "x", 1, ["user": "1"]) == nil, "what is known goes on")
        #expect(metrics.refused == 2)
        metrics.use(seriesMax: 3)
        #expect(take(metrics, .counter, "y") == nil)
    }

    @Test func aLongValueIsCut() {
        let metrics = ReportedMetrics(seriesMax: 10)
        _ = take(metrics, .gauge, "x", 1, ["a": String(repeating: "é", count: 100)])
        #expect(metrics.families["x"]?.series.first?.labels.first?.value.utf8.count == 128)
    }
}

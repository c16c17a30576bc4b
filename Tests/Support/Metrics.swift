import Foundation

/// A page in Prometheus' text format, read as strictly as the tests need it.
package struct MetricsPage {
    package struct Series: Hashable, CustomStringConvertible {
        package let name: String
        package let labels: [String: String]

        package init(name: String, labels: [String: String]) {
            self.name = name
            self.labels = labels
        }

        package var description: String {
            name + "{" + labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") + "}"
        }
    }

    package let text: String
    /// By the family's name: `counter`, `gauge`, `histogram`.
    package private(set) var types: [String: String] = [:]
    package private(set) var values: [Series: Double] = [:]
    /// In the order of the page.
    package private(set) var series: [Series] = []

    package init(_ text: String) throws {
        self.text = text
        let sample = #/([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)/#
        let label = #/([a-z_]+)="((?:[^"\\]|\\.)*)"/#
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                types[String(words[2])] = String(words[3])
            }
            guard !line.hasPrefix("#") else { continue }
            guard let match = try sample.wholeMatch(in: line), let value = Double(match.3) else {
                throw TestFailure("no sample: \(line)")
            }
            let labels = (match.2 ?? "").matches(of: label).map { (String($0.1), String($0.2)) }
            let series = Series(name: String(match.1), labels: Dictionary(uniqueKeysWithValues: labels))
            guard values.updateValue(value, forKey: series) == nil else { throw TestFailure("twice: \(line)") }
            self.series.append(series)
        }
    }

    /// The sum over all series of that name that have these labels.
    package func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        values.filter { series, _ in
            series.name == name && labels.allSatisfy { series.labels[$0.key] == $0.value }
        }.values.reduce(0, +)
    }

    package func has(_ name: String) -> Bool { values.keys.contains { $0.name == name } }

    /// Whether the series is counted up only: a counter, or a part of a histogram.
    package func isCounter(_ series: Series) -> Bool {
        let family = ["_bucket", "_sum", "_count"].lazy
            .filter { series.name.hasSuffix($0) }.map { String(series.name.dropLast($0.count)) }
            .first { types[$0] == "histogram" }
        return family != nil || types[series.name] == "counter"
    }
}

extension WeirProcess {
    /// Its metrics, from `/metrics` of a main listener.
    package func metrics() throws -> MetricsPage {
        let answer = try get("/metrics")
        guard answer.status == 200, answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8" else {
            throw TestFailure("\(answer.status) \(answer.fields)")
        }
        return try MetricsPage(answer.text)
    }
}

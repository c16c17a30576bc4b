import WeirCore

/// A page of metrics in Prometheus' text format 0.0.4, put together family by family.
package struct Exposition {
    package enum Kind: String { case counter, gauge, histogram }

    package struct Sample {
        let labels: [(name: String, value: String)]
        let number: String

        package init(_ number: Int, _ labels: (name: String, value: String)...) {
            self.labels = labels
            self.number = "\(number)"
        }

        package init(_ number: Double, _ labels: (name: String, value: String)...) {
            self.init(number, labels)
        }

        package init(_ number: Double, _ labels: [(name: String, value: String)]) {
            self.labels = labels
            self.number = number.isInfinite ? (number < 0 ? "-Inf" : "+Inf") : number.isNaN ? "NaN" : "\(number)"
        }
    }

    package struct Histogram {
        let labels: [(name: String, value: String)]
        let tally: TimeHistogram.Tally

        package init(_ labels: [(name: String, value: String)], _ tally: TimeHistogram.Tally) {
            self.labels = labels
            self.tally = tally
        }
    }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    package init() {}

    /// A family without samples is not mentioned: what is not known is absent, not zero.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        guard !samples.isEmpty else { return }
        begin(name, kind, help)
        for sample in samples { line(name, sample.labels, sample.number) }
    }

    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: Sample?...) {
        add(name, kind, help, samples.compactMap { $0 })
    }

    package mutating func add(_ name: String, _ help: String, _ histograms: [Histogram]) {
        guard !histograms.isEmpty else { return }
        begin(name, .histogram, help)
        for histogram in histograms {
            let (labels, tally) = (histogram.labels, histogram.tally)
            var below = 0
            for (bound, count) in zip(TimeHistogram.bounds, tally.buckets) {
                below += count
                line(name + "_bucket", labels + [("le", "\(bound.seconds)")], "\(below)")
            }
            line(name + "_bucket", labels + [("le", "+Inf")], "\(tally.count)")
            line(name + "_sum", labels, "\(tally.sum.seconds)")
            line(name + "_count", labels, "\(tally.count)")
        }
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ number: String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(number)\n"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

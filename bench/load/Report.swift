import Foundation

/// The results as JSON: snake case, times in the unit that the name ends in.
struct Report: Encodable {
    struct Latency: Encodable {
        var mean: Double
        var p50: Double
        var p90: Double
        var p95: Double
        var p99: Double
        var max: Double

        init?(_ histogram: LatencyHistogram) {
            guard histogram.count > 0 else { return nil }
            mean = (histogram.mean / 10).rounded() / 100
            (p50, p90) = (Self.milliseconds(histogram, 0.50), Self.milliseconds(histogram, 0.90))
            (p95, p99) = (Self.milliseconds(histogram, 0.95), Self.milliseconds(histogram, 0.99))
            max = Double(histogram.largest) / 1000
        }

        static func milliseconds(_ histogram: LatencyHistogram, _ share: Double) -> Double {
            Double(histogram.percentile(share)) / 1000
        }
    }

    /// due = answered + gave_up + refused + not_connected + reset + cut + malformed
    struct Figures: Encodable {
        var due: Int
        var sent: Int
        var answered: [String: Int]
        var good: Int
        var gaveUp: Int
        var gaveUpUnsent: Int
        var refused: Int
        var notConnected: Int
        var reset: Int
        var cut: Int
        var malformed: Int
        var retried: Int
        /// Good answers a second, counted where they came.
        var goodput: Double
        var goodMs: Latency?
        var otherMs: Latency?

        init(_ tallies: [Tally], goodWithin: Int, seconds: Double) {
            let sum = Tally()
            for tally in tallies { sum.merge(tally) }
            (due, sent, good) = (sum.due, sum.sent, sum.good)
            let statuses = sum.answered.enumerated().filter { $0.element > 0 }
            answered = Dictionary(uniqueKeysWithValues: statuses.map { (String($0.offset), $0.element) })
            (gaveUp, gaveUpUnsent, refused) = (sum.gaveUp, sum.gaveUpUnsent, sum.refused)
            (notConnected, reset, cut) = (sum.notConnected, sum.reset, sum.cut)
            (malformed, retried) = (sum.malformed, sum.retried)
            goodput = (Double(goodWithin) / seconds * 100).rounded() / 100
            (goodMs, otherMs) = (Latency(sum.goodLatency), Latency(sum.otherLatency))
        }
    }

    struct PhaseReport: Encodable {
        var from: Double
        var to: Double
        var seconds: Double
        var all: Figures
        var paths: [String: Figures]
    }

    struct Second: Encodable {
        var second: Int
        var due: Int
        var good: Int
        var shed: Int
        var otherStatuses: Int
        var gaveUp: Int
        var failed: Int
        var goodMs: Latency?

        init(_ second: Int, _ tallies: [Tally]) {
            let sum = Tally()
            for tally in tallies { sum.merge(tally) }
            (self.second, due, good, gaveUp, failed) = (second, sum.due, sum.good, sum.gaveUp, sum.failed)
            shed = sum.answered[503]
            otherStatuses = sum.answered.reduce(0, +) - sum.good - shed
            goodMs = Latency(sum.goodLatency)
        }
    }

    var mode: String
    var seconds: Double
    var all: Figures
    var paths: [String: Figures]
    var phases: [PhaseReport]
    var series: [Second]
    var pathSeries: [String: [Second]]
    /// The generator's own error: how much later than due requests were sent, and the processor time it took.
    var latenessMs: Latency?
    var cpuSeconds: Double

    init(_ results: Results, mode: String, paths names: [String], phases plan: [Phase]) {
        self.mode = mode
        seconds = results.end.seconds
        let whole = results.end.seconds
        let indices = names.indices
        all = Figures(
            results.byPhase.flatMap { $0 }, goodWithin: results.goodWithin.joined().reduce(0, +), seconds: whole)
        paths = Dictionary(
            uniqueKeysWithValues: indices.map { path in
                let within = results.goodWithin.reduce(0) { $0 + $1[path] }
                return (names[path], Figures(results.byPhase.map { $0[path] }, goodWithin: within, seconds: whole))
            })
        phases = plan.indices.map { index in
            let tallies = results.byPhase[index]
            let within = results.goodWithin[index]
            let length = plan[index].duration.seconds
            return PhaseReport(
                from: plan[index].from, to: plan[index].to, seconds: length,
                all: Figures(tallies, goodWithin: within.reduce(0, +), seconds: length),
                paths: Dictionary(
                    uniqueKeysWithValues: indices.map { path in
                        (names[path], Figures([tallies[path]], goodWithin: within[path], seconds: length))
                    })
            )
        }
        series = results.bySecond.enumerated().map { Second($0.offset, $0.element) }
        pathSeries = Dictionary(
            uniqueKeysWithValues: indices.map { path in
                (names[path], results.bySecond.enumerated().map { Second($0.offset, [$0.element[path]]) })
            })
        latenessMs = Latency(results.lateness)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        cpuSeconds = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

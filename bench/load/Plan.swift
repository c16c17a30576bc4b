/// Nanoseconds: a point on the monotonic clock, or the time between two.
typealias Nanoseconds = Int64

extension Nanoseconds {
    static let second: Nanoseconds = 1_000_000_000

    init(seconds: Double) { self = Nanoseconds(seconds * 1e9) }

    var seconds: Double { Double(self) / 1e9 }
}

/// A stretch of the run. In an open loop `from` and `to` are requests a second, in a closed one requests under way.
struct Phase: Equatable {
    var from: Double
    var to: Double
    var duration: Nanoseconds

    /// `300:20s`, or `100-300:20s` for a ramp.
    static func parse(_ text: String) throws -> Phase {
        guard let colon = text.firstIndex(of: ":") else {
            throw PlanError("'\(text)' is no step: it takes an amount and a time, as in 300:20s")
        }
        return try Phase(amount: String(text[..<colon]), duration: String(text[text.index(after: colon)...]))
    }

    init(from: Double, to: Double, duration: Nanoseconds) {
        (self.from, self.to, self.duration) = (from, to, duration)
    }

    init(amount: String, duration: String) throws {
        let ends = amount.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) ?? -1 }
        guard (1...2).contains(ends.count), let first = ends.first, let last = ends.last,
            ends.allSatisfy({ (0...1_000_000).contains($0) })
        else { throw PlanError("'\(amount)' is neither a number up to 1000000 nor two with a '-' between them") }
        self.init(from: first, to: last, duration: try parseDuration(duration))
    }
}

/// `250ms`, `20s` or `5m`.
func parseDuration(_ text: String) throws -> Nanoseconds {
    for (unit, seconds) in [("ms", 0.001), ("s", 1), ("m", 60)] where text.hasSuffix(unit) {
        if let number = Double(text.dropLast(unit.count)), number > 0, number * seconds <= 86_400 {
            return Nanoseconds(seconds: number * seconds)
        }
    }
    throw PlanError("'\(text)' is no time: it is a number with a unit, as in 250ms, 20s or 5m, of a day at most")
}

struct PlanError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

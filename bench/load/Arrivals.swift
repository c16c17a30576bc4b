import Glibc
import WeirCore

/// When requests are due, whatever becomes of those before them.
///
/// Each request waits for the expected number of arrivals to grow by x: x = 1 at constant intervals, x = −ln(1 − u)
/// for a Poisson process. While the rate goes from r (now) with the slope k, the time Δ until then solves
///
///     r·Δ + k·Δ²/2 = x,   so   Δ = 2x / (r + √(r² + 2kx))        [s, requests/s, requests/s²]
///
/// A step's end is crossed with what is left of x. Worked row: a ramp from 0 to 200 requests/s within 10 s has
/// k = 20 requests/s², and the first of constant arrivals comes after 2 / √40 = 0.316 s.
struct Arrivals {
    enum Kind: String, CaseIterable {
        case constant, poisson
    }

    struct Arrival: Equatable {
        /// From the start of the run.
        var time: Nanoseconds
        var phase: Int
    }

    private let phases: [Phase]
    private let kind: Kind
    private var generator: SeededGenerator
    private var phase = 0
    /// Of the current phase.
    private var begin = 0.0
    private var elapsed = 0.0

    init(_ phases: [Phase], kind: Kind, seed: UInt64) {
        (self.phases, self.kind) = (phases, kind)
        generator = SeededGenerator(seed: seed)
    }

    /// Nothing after the last phase.
    mutating func next() -> Arrival? {
        var expected = kind == .constant ? 1 : -log1p(-generator.fraction())
        while phase < phases.count {
            let duration = phases[phase].duration.seconds
            let slope = (phases[phase].to - phases[phase].from) / duration
            let rate = phases[phase].from + slope * elapsed
            let left = duration - elapsed
            let square = rate * rate + 2 * slope * expected
            let wait = square >= 0 ? 2 * expected / (rate + square.squareRoot()) : .infinity
            // A request that is due at the very end is due in spite of what rounding makes of it.
            if wait <= left + 1e-9 {
                elapsed += wait
                return Arrival(time: Nanoseconds(seconds: begin + elapsed), phase: phase)
            }
            expected -= rate * left + slope * left * left / 2
            begin += duration
            elapsed = 0
            phase += 1
        }
        return nil
    }
}

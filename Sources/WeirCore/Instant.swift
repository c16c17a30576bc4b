/// A point on the decisions' clock, in nanoseconds since an arbitrary start. The server feeds it from the monotonic
/// clock, tests and simulations from a virtual one.
package struct Instant: Hashable, Comparable, Sendable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static let zero = Instant(nanoseconds: 0)

    package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    package static func + (a: Instant, span: Nanoseconds) -> Instant {
        Instant(nanoseconds: a.nanoseconds &+ UInt64(max(0, span.count)))
    }

    /// The span from `b` to `a`; never negative, as a monotonic clock does not run backwards.
    package static func - (a: Instant, b: Instant) -> Nanoseconds {
        Nanoseconds(a.nanoseconds > b.nanoseconds ? Int(a.nanoseconds - b.nanoseconds) : 0)
    }
}

/// A span of time in nanoseconds: one word, where `Duration` is two and costs arithmetic on 128 bits on every request.
package struct Nanoseconds: Hashable, Comparable, Sendable {
    package var count: Int

    package init(_ count: Int) { self.count = count }

    package static let zero = Nanoseconds(0)
    package static func microseconds(_ value: Int) -> Nanoseconds { Nanoseconds(value * 1_000) }
    package static func milliseconds(_ value: Int) -> Nanoseconds { Nanoseconds(value * 1_000_000) }
    package static func seconds(_ value: Int) -> Nanoseconds { Nanoseconds(value * 1_000_000_000) }
    package static func minutes(_ value: Int) -> Nanoseconds { .seconds(value * 60) }

    package var seconds: Double { Double(count) / 1e9 }
    package var milliseconds: Double { Double(count) / 1e6 }

    package static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }
    package static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count + b.count) }
    package static func - (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(a.count - b.count) }
}

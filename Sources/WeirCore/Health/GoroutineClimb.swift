/// Notices when a number that should come down again only climbs, such as a process's goroutines: each that never ends
/// keeps its stack and all it refers to.
///
///     a climb        v_0 <= v_1 <= ... <= v_k            v: samples, from the first after a fall
///     is reported    k >= 9, t_k - t_0 >= 10 min, v_k - v_0 >= 1,000, v_k >= 3/2 v_0
///     and again      v_k >= 2 * what was reported last
///
/// A load that grows lets it climb too, but no load grows for ten minutes without a sample that is lower; and what the
/// first requests after a start need is less than a thousand.
///
/// Worked row: a sample a minute, 100 at first and 150 more each time: at the tenth 1,450 (9 minutes), at the eleventh
/// 1,600: reported. Again at 3,200 or more.
package struct GoroutineClimb: Sendable {
    package static let samples = 10
    package static let span = Nanoseconds.minutes(10)
    package static let least = 1_000
    package static let factor = 1.5

    package struct Report: Hashable, Sendable {
        package var from: Int
        package var to: Int
        package var span: Nanoseconds
    }

    private var first: (value: Int, at: Instant)?
    private var last = 0
    private var count = 0
    private var reported: Int?

    package init() {}

    package mutating func sample(_ value: Int, now: Instant) -> Report? {
        guard let first, value >= last else {
            first = (value, now)
            last = value
            count = 1
            reported = nil
            return nil
        }
        last = value
        count += 1
        let span = now - first.at
        let isClimb =
            count >= Self.samples && span >= Self.span && value - first.value >= Self.least
            && Double(value) >= Self.factor * Double(first.value)
        guard isClimb, reported.map({ value / 2 >= $0 }) ?? true else { return nil }
        reported = value
        return Report(from: first.value, to: value, span: span)
    }
}

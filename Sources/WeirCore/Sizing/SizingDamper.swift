/// Turns what is wanted now into a size that does not yo-yo.
///
/// - The first size is the one wanted.
/// - Dead band: a wish within a tenth of the size (at least one worker) of it changes nothing.
/// - Growth: once three decisions in a row wanted more, by half at most each time, to the least of what they wanted.
/// - Shrinking: once twelve in a row wanted less, by a quarter at most, to the most of what they wanted.
/// - Memory is short: at once to what fits.
/// - After shrinking, twelve decisions without growth.
///
/// At a decision every five seconds growth begins after 15 seconds and shrinking after a minute. The cost of being too
/// large for a while is idle workers; that of too small is a queue: fast up, slow down. Where memory is short the cost
/// is a killed container, and nothing waits.
///
/// Worked row: from 8 with 30 wanted all the time: 8, 8, 12, 18, 27, 30.
struct SizingDamper: Sendable {
    static let patienceUp = 3
    static let patienceDown = 12
    static let growth = 1.5
    static let quietAfterShrinking = 12

    enum Change: Hashable, Sendable {
        case first
        case grew(from: Int)
        case shrank(from: Int)
        case shrankAtOnce(from: Int)
    }

    private(set) var size: Int?
    private var above: (count: Int, least: Int) = (0, 0)
    private var below: (count: Int, most: Int) = (0, 0)
    private var quiet = 0

    /// nil: the size stays.
    mutating func settle(wish: Int, isMemoryShort: Bool) -> Change? {
        guard let size else {
            self.size = wish
            return .first
        }
        quiet = max(0, quiet - 1)
        if isMemoryShort, wish < size {
            change(to: wish, quiet: Self.quietAfterShrinking)
            return .shrankAtOnce(from: size)
        }
        let band = max(1, (size + 9) / 10)
        above = wish >= size + band ? (above.count + 1, above.count == 0 ? wish : min(above.least, wish)) : (0, 0)
        below = wish <= size - band ? (below.count + 1, max(below.most, wish)) : (0, 0)
        if above.count >= Self.patienceUp, quiet == 0, !isMemoryShort {
            let most = max(size + 1, Int((Double(size) * Self.growth).rounded(.down)))
            // What was wanted during the patience goes on counting: the next step needs no patience of its own.
            self.size = min(above.least, most)
            above = (Self.patienceUp - 1, wish)
            return .grew(from: size)
        }
        if below.count >= Self.patienceDown {
            change(to: max(below.most, size - max(1, size / 4)), quiet: Self.quietAfterShrinking)
            return .shrank(from: size)
        }
        return nil
    }

    private mutating func change(to size: Int, quiet: Int) {
        self.size = size
        self.quiet = quiet
        above = (0, 0)
        below = (0, 0)
    }
}

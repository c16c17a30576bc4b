/// Turns what is wanted now into a size that does not yo-yo.
///
/// - The first size is the one wanted.
/// - Dead band: a wish within a tenth of the size (at least one worker) of it changes nothing.
/// - Growth: once three decisions in a row wanted more, by half at most each time, to the least of what they wanted.
/// - Shrinking: once twelve in a row wanted less, by a quarter at most, to the most of what they wanted.
/// - Memory is short: at once to what fits.
/// - After shrinking, twelve decisions without growth.
/// - Each turn, from growth to shrinking or back, doubles the patience for the next, up to sixteen times; 720 decisions,
///   an hour, without a change make it what it was. So a bound that wavers between two sizes moves the pool ever more
///   seldom, however slowly it wavers.
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
    static let mostDoublings = 4
    static let forgottenAfter = 720

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
    private var doublings = 0
    private var sinceChange = 0
    private var hasGrownLast: Bool?

    /// nil: the size stays.
    mutating func settle(wish: Int, isMemoryShort: Bool) -> Change? {
        guard let size else {
            self.size = wish
            return .first
        }
        quiet = max(0, quiet - 1)
        sinceChange += 1
        if sinceChange > Self.forgottenAfter { doublings = 0 }
        if isMemoryShort, wish < size {
            shrink(to: wish)
            return .shrankAtOnce(from: size)
        }
        let band = max(1, (size + 9) / 10)
        above = wish >= size + band ? (above.count + 1, above.count == 0 ? wish : min(above.least, wish)) : (0, 0)
        below = wish <= size - band ? (below.count + 1, max(below.most, wish)) : (0, 0)
        if above.count >= Self.patienceUp << doublings, quiet == 0, !isMemoryShort {
            grow(to: min(above.least, max(size + 1, Int((Double(size) * Self.growth).rounded(.down)))), wish: wish)
            return .grew(from: size)
        }
        if below.count >= Self.patienceDown << doublings {
            shrink(to: max(below.most, size - max(1, size / 4)))
            return .shrank(from: size)
        }
        return nil
    }

    private mutating func grow(to size: Int, wish: Int) {
        changed(to: size, isGrowth: true)
        // What was wanted so far goes on counting: the next step needs no patience of its own.
        above = ((Self.patienceUp << doublings) - 1, wish)
    }

    private mutating func shrink(to size: Int) {
        changed(to: size, isGrowth: false)
        quiet = Self.quietAfterShrinking
        above = (0, 0)
    }

    private mutating func changed(to size: Int, isGrowth: Bool) {
        if let hasGrownLast, hasGrownLast != isGrowth { doublings = min(doublings + 1, Self.mostDoublings) }
        hasGrownLast = isGrowth
        sinceChange = 0
        self.size = size
        below = (0, 0)
    }
}

/// How many workers a new generation of an app may have while older ones still have theirs.
///
///     t = max(m, o + overlap(o))        n = min(M, max(1, t - p))
///
///     m  workers that fit into memory: ``MemoryBound/fitting``       o  living workers of older generations, at most so far
///     p  those that live now                                         M  what the new generation may have alone
///
/// Where memory is plenty, m >= o + M, both generations have all their workers side by side. Where it is not, the new one
/// starts with the tenth that is always kept free, and gets the others one for one as the old workers leave.
///
/// Worked rows: m = 15, 13 old workers: t = 15, so 2 new ones; when 8 old ones are left 7, when none is, M. With m = 100
/// and M = 13: 13 at once.
package struct GenerationOverlap: Hashable, Sendable {
    package private(set) var most = 0

    package init() {}

    /// nil: there is no older generation left, and nothing to bound.
    package mutating func maximum(wanted: Int, fitting: Int, older: Int) -> Int? {
        guard older > 0 else {
            most = 0
            return nil
        }
        most = max(most, older)
        let together = max(fitting, most + MemoryBound.overlap(of: most))
        return min(wanted, max(1, together - older))
    }
}

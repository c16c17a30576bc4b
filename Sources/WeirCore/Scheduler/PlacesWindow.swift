/// How many of its places each worker may use, where a worker that stands still is noticed a moment later: what it was
/// given meanwhile waits for it, though others could have run it. So it is given little more than such workers usually have.
///
///     W = min(P, max(4, 3 * peak))     P: places of a worker
///     peak                             over 5 s and all workers: the most that one had at three samples in a row
///
/// To be sampled every 100 ms, which is longer than it takes to notice: a worker that stood still at one of the three does
/// not count, so that what has piled up there does not raise W, nor what the first to move again works off. Workers
/// whose requests wait for something else hold that many for longer: W is three times as large after every third sample
/// until it no longer binds.
///
/// Worked row: 64 requests of one second come to an idle worker at once: 4, 12 after 300 ms, 36 after 600 ms, all at 900 ms.
struct PlacesWindow: Sendable {
    static let least = 4
    static let factor = 3
    private static let samples = 50

    let places: Int
    private(set) var size: Int
    /// At the two samples before, the latest last; nil: it stood still, or was not there.
    private var before: [[Int?]] = []
    private var peaks: [Int] = []
    private var next = 0

    init(places: Int) {
        self.places = places
        size = min(places, Self.least)
    }

    /// `running`: of each worker by its number; nil: it stands still, or is not there.
    mutating func sample(_ running: [Int?]) {
        var peak = 0
        for (index, now) in running.enumerated() where before.count == 2 {
            let earlier = before.map { index < $0.count ? $0[index] : nil }
            if let now, let first = earlier[0], let second = earlier[1] { peak = max(peak, min(first, second, now)) }
        }
        before = before.suffix(1) + [running]
        if peaks.count < Self.samples { peaks.append(peak) } else { peaks[next] = peak }
        next = (next + 1) % Self.samples
        size = min(places, max(Self.least, Self.factor * (peaks.max() ?? 0)))
    }
}

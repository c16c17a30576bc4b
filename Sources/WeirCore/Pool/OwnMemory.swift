/// A worker's own memory between two measurements: what only it has, and its end would give back.
///
///     O = O_m + (A - A_m)         O_m: own memory when measured, A_m: anonymous resident memory then, A: now
///     O = A                       while it was never measured
///
/// Measuring own memory takes the kernel a walk over every page (`smaps_rollup`: about 1 ms for 100 MiB), telling anonymous
/// memory is reading three counters (`statm`: resident − shared). The second counts a page that a worker inherited and has
/// not written to yet, which both have and none owns: too much, which is why it is not taken as it is. It does not count
/// clean pages of files that nobody else has mapped. Both hardly change in a worker that serves; what it takes anew is
/// anonymous and its own. Writing to an inherited page goes unnoticed until the next measurement, so that O is too small by
/// the inherited pages at most. Hence it says whom to look at, and a measurement decides.
///
/// Worked row: measured 30 MiB while 44 MiB were anonymous; now 52 MiB are: O = 38 MiB.
package struct OwnMemory: Hashable, Sendable {
    private let own: Bytes
    private let anonymous: Bytes

    package init(own: Bytes, anonymous: Bytes) {
        self.own = own
        self.anonymous = anonymous
    }

    package func estimate(anonymous now: Bytes) -> Bytes { max(0, own + now - anonymous) }
}

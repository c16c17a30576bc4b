/// What one worker's own memory will be when it has been at work for a while.
///
///     p = max(q, q', (k * prior + n * q) / (k + n))        k = 10
///
///     q   95th percentile (nearest rank) of the last 512 measurements of seasoned workers
///     q'  95th percentile of all workers as they are now
///     n   measurements of seasoned workers so far
///
/// A worker is seasoned once it has served 20 requests: its memory grows during the first ones, and a pool that counted
/// its young ones would believe after every reload that it has become small. They count only where they are larger.
/// The prior delays nothing but optimism: workers larger than it are believed at once, smaller ones as measurements
/// come in.
///
/// Private memory: the private lines of `smaps_rollup`, dirty and clean. Shared pages are counted once, for the pool.
///
/// Worked row: prior 64 MiB, 30 measurements, q = q' = 24 MiB: (640 + 720) / 40 = 34 MiB. With q = 80 MiB: 80 MiB.
package struct WorkerMemoryEstimate: Sendable {
    package static let priorMeasurements = 10
    package static let seasonedAfter = 20
    static let window = 512

    private let prior: Bytes
    private var recent: [Bytes] = []
    private var oldest = 0
    package private(set) var value: Bytes
    /// Measurements of seasoned workers so far.
    package private(set) var measurements = 0

    package init(prior: Bytes) {
        self.prior = prior
        value = prior
    }

    /// Takes what was measured at the same time; a worker's requests tell whether it is seasoned.
    package mutating func observe(_ workers: [SizingInput.Worker]) {
        for worker in workers where worker.requests >= Self.seasonedAfter {
            measurements += 1
            if recent.count < Self.window {
                recent.append(worker.ownMemory)
            } else {
                recent[oldest] = worker.ownMemory
                oldest = (oldest + 1) % Self.window
            }
        }
        let measured = Self.percentile95(recent)
        let weight = Double(measurements) / Double(Self.priorMeasurements + measurements)
        value = max(
            measured, Self.percentile95(workers.map(\.ownMemory)), prior * (1 - weight) + measured * weight)
    }

    var basis: String {
        measurements == 0 ? "assumed, nothing measured yet" : "95th percentile, \(measurements) measurements"
    }

    /// The smallest value that 95 % are not above; 0 for none.
    static func percentile95(_ values: [Bytes]) -> Bytes {
        guard !values.isEmpty else { return 0 }
        let rank = (values.count * 95 + 99) / 100
        return values.sorted()[rank - 1]
    }
}

import WeirCore

/// What an app's workers together do with the CPU. Of a large pool some are read each time, in turn: reading costs the
/// kernel about 20 µs a worker.
package struct WorkersCPU: Sendable {
    private struct Worker: Sendable {
        var at: Instant
        var total: ProcessCPU
        /// Since the reading before; nil: there was none.
        var reading: ConcurrencyLimiter.CPUReading?
    }

    package static let mostAtOnce = 32

    private var workers: [Int32: Worker] = [:]
    private var next = 0

    package init() {}

    /// Reads the next of them. nil before any was read twice.
    package mutating func measure(
        _ pids: [Int32], now: Instant, read: (Int32) -> ProcessCPU? = { ProcessCPU.read(pid: $0) }
    ) -> ConcurrencyLimiter.CPUReading? {
        let current = Set(pids)
        workers = workers.filter { current.contains($0.key) }
        for _ in 0..<min(pids.count, Self.mostAtOnce) {
            next = (next + 1) % pids.count
            measure(pids[next], now: now, read)
        }
        return sum(of: pids.count)
    }

    private mutating func measure(_ pid: Int32, now: Instant, _ read: (Int32) -> ProcessCPU?) {
        guard let total = read(pid) else { return workers[pid] = nil }
        var worker = Worker(at: now, total: total)
        if let before = workers[pid], now > before.at {
            let seconds = (now - before.at).seconds
            func perSecond(_ now: Nanoseconds, _ before: Nanoseconds) -> Double {
                max(0, (now - before).seconds) / seconds
            }
            var delayed: Double?
            if let now = total.runDelay, let before = before.total.runDelay { delayed = perSecond(now, before) }
            worker.reading = .init(used: perSecond(total.cpu, before.total.cpu), delayed: delayed)
        }
        workers[pid] = worker
    }

    /// Those that were read twice stand for all.
    private func sum(of count: Int) -> ConcurrencyLimiter.CPUReading? {
        let readings = workers.values.compactMap(\.reading)
        guard !readings.isEmpty else { return nil }
        let scale = Double(count) / Double(readings.count)
        let delays = readings.compactMap(\.delayed)
        return .init(
            used: readings.reduce(0) { $0 + $1.used } * scale,
            delayed: delays.count == readings.count ? delays.reduce(0, +) * scale : nil)
    }
}

@testable import WeirCore

/// A container under full load, in steps of ``PoolSizer/interval``: workers whose memory grows with their requests until
/// they are replaced, and cores they share.
struct SizingWorld {
    struct Load {
        var limit: Bytes
        var cores: Double
        var server = Bytes.mebibytes(30)
        var others = Bytes.mebibytes(12)
        var shared = Bytes.mebibytes(40)
        /// A worker's own memory once it is grown; workers differ from it by a part of `spread`.
        var grown: Bytes
        var spread = 0.08
        /// Memory that each request leaves behind.
        var leak: Bytes = 0
        var maxRequests = 2_000
        /// A worker beyond it is replaced after its request.
        var maxMemory = Bytes(.max)
        var cpuPerRequest = 0.01
        var waitPerCPU: Double
        var noise = 0.05
    }

    private struct Worker {
        var requests = 0
        var limit: Int
        var size: Double
    }

    var load: Load
    var runDelayIsKnown = true
    private(set) var total = Bytes(0)
    private var workers: [Worker] = []
    private var generator: SeededGenerator
    private var now = Instant.zero
    /// At which point of its growth a worker starts, and how many requests it takes to cover most of the rest.
    private static let young = 0.4
    private static let growing = 60.0

    init(load: Load, seed: UInt64) {
        self.load = load
        generator = SeededGenerator(seed: seed)
    }

    /// Lets so many workers be at work for a step, and says what is measured at its end.
    mutating func step(workers count: Int) -> SizingInput {
        resize(to: count)
        let seconds = PoolSizer.interval.seconds
        let busy = ClosedQueue.utilization(workers: count, cores: load.cores, waitPerCPU: load.waitPerCPU)
        let served = max(1, Int(busy * load.cores / load.cpuPerRequest * seconds * wobble()))
        for index in workers.indices {
            workers[index].requests += served / count + (index < served % count ? 1 : 0)
            if workers[index].requests >= workers[index].limit || own(workers[index]) > load.maxMemory {
                workers[index] = newWorker()
            }
        }
        now = now + PoolSizer.interval
        let samples = workers.map { SizingInput.Worker(requests: $0.requests, ownMemory: own($0) * wobble(0.4)) }
        let others = load.others * wobble()
        total = samples.reduce(load.server + others + load.shared) { $0 + $1.ownMemory }

        let cpu = Double(served) * load.cpuPerRequest
        let wall = Double(count) * seconds
        let wait = min(wall - cpu, cpu * load.waitPerCPU * wobble())
        return SizingInput(
            now: now, memoryLimit: load.limit, memoryInUse: total, server: load.server, workers: samples,
            shared: load.shared * wobble(0.2),
            requests: .init(
                count: served, wall: nanoseconds(wall), cpu: nanoseconds(cpu),
                runDelay: runDelayIsKnown ? nanoseconds(max(0, wall - cpu - wait)) : .zero),
            cores: load.cores)
    }

    /// The best size by trying: the largest whose memory leaves the reserve free, at any time and during a reload too, but
    /// no larger than what gives 95 % of the throughput the cores can give.
    static func bestSize(of load: Load, seed: UInt64, steps: Int = 80) -> Int {
        let byCPU = ClosedQueue.bestSize(cores: load.cores, waitPerCPU: load.waitPerCPU)
        let reserve = max(Bytes.mebibytes(32), load.limit * 0.1)
        func fits(_ size: Int) -> Bool {
            var world = SizingWorld(load: load, seed: seed)
            return (0..<steps).allSatisfy { _ in
                _ = world.step(workers: size)
                let successors = Bytes(MemoryBound.overlap(of: size) * load.grown.count)
                return world.total + load.shared + successors <= load.limit - reserve
            }
        }
        var (best, tooMany) = (1, byCPU + 1)
        while tooMany - best > 1 {
            let size = (best + tooMany) / 2
            if fits(size) { best = size } else { tooMany = size }
        }
        return best
    }

    private mutating func resize(to count: Int) {
        if workers.count > count { workers.removeFirst(workers.count - count) }
        while workers.count < count { workers.append(newWorker()) }
    }

    private mutating func newWorker() -> Worker {
        Worker(
            limit: max(1, Int(Double(load.maxRequests) * (0.9 + generator.fraction() * 0.1))),
            size: 1 + load.spread * (generator.fraction() * 2 - 1))
    }

    private func own(_ worker: Worker) -> Bytes {
        let share = Double(worker.requests) / Self.growing
        // Comes close to 1 without e: at ten times `growing` a tenth of the growth is missing.
        let grown = Self.young + (1 - Self.young) * share / (1 + share)
        return load.grown * (worker.size * grown) + Bytes(load.leak.count * worker.requests)
    }

    private mutating func wobble(_ part: Double = 1) -> Double {
        1 + load.noise * part * (generator.fraction() * 2 - 1)
    }

    private func nanoseconds(_ seconds: Double) -> Nanoseconds { Nanoseconds(Int(seconds * 1e9)) }
}

@testable import WeirCore

/// A container with workers that keep a part of what each request takes, in steps of 100 ms.
struct LeakingContainer {
    private struct Worker {
        var pid: Int32
        var own: Bytes
        var requests = 0
        var isDue = false
        /// Steps until its request ends.
        var busyFor = 0
    }

    let limit = Bytes.mebibytes(512)
    /// What is not the workers'.
    var others = Bytes.mebibytes(100)
    private(set) var highest = Bytes(0)
    private(set) var replaced = 0
    private(set) var killed = 0
    /// The worker whose request takes more and more.
    private(set) var runaway: Int32?
    private var runawayPerStep = Bytes(0)

    private var leak: ClosedRange<Bytes>
    private var workers: [Worker] = []
    private var pressure = MemoryPressure()
    private var generator: SeededGenerator
    private var now = Instant.zero
    private var nextPID: Int32 = 1

    init(seed: UInt64, leak: ClosedRange<Bytes>, workers count: Int = 8) {
        self.leak = leak
        generator = SeededGenerator(seed: seed)
        for _ in 0..<count { workers.append(fresh()) }
    }

    mutating func startRunaway(perStep: Bytes) {
        runaway = workers[generator.below(workers.count)].pid
        runawayPerStep = perStep
    }

    mutating func run(seconds: Int) {
        for _ in 0..<(seconds * 10) { step() }
    }

    private mutating func step() {
        now = now + .milliseconds(100)
        for index in workers.indices { serve(index) }
        let inUse = workers.reduce(others) { $0 + $1.own }
        highest = max(highest, inUse)
        let living = workers.map { worker in
            MemoryPressure.Candidate(
                pid: worker.pid, own: worker.own, mayBeReplaced: !worker.isDue && worker.requests > 0,
                mayBeKilled: true)
        }
        switch pressure.choose(inUse: inUse, limit: limit, living: living, now: now) {
        case .nobody: break
        case .replace(let pid):
            replaced += 1
            if let index = workers.firstIndex(where: { $0.pid == pid }) { workers[index].isDue = true }
        case .kill(let pid):
            killed += 1
            if runaway == pid { runaway = nil }
            if let index = workers.firstIndex(where: { $0.pid == pid }) { workers[index] = fresh() }
        }
    }

    private mutating func serve(_ index: Int) {
        if workers[index].pid == runaway {
            workers[index].own = workers[index].own + runawayPerStep
            return
        }
        if workers[index].busyFor > 0 {
            workers[index].busyFor -= 1
            return
        }
        if workers[index].isDue {
            workers[index] = fresh()
            return
        }
        workers[index].requests += 1
        let span = leak.upperBound.count - leak.lowerBound.count
        workers[index].own = workers[index].own + leak.lowerBound + Bytes(generator.below(span + 1))
        // One in ten takes up to 3 s.
        if generator.oneIn(10) { workers[index].busyFor = generator.below(30) }
    }

    private mutating func fresh() -> Worker {
        defer { nextPID += 1 }
        return Worker(pid: nextPID, own: .mebibytes(10 + generator.below(5)))
    }
}

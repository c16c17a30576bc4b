import Foundation
import WeirCore

/// An app under more load than it can serve, event by event: whoever may run does, and all that run progress at the
/// same speed, which depends on how many they are.
struct LoadSimulation {
    enum Load {
        case processor(cores: Int)
        case waiting
        /// A downstream that serves so many, and falls apart beyond.
        case collapse(beyond: Int)

        func speed(_ running: Int) -> Double {
            switch self {
            case .processor(let cores): min(1, Double(cores) / Double(running))
            case .waiting: 1
            case .collapse(let most): running <= most ? 1 : pow(Double(most) / Double(running), 3)
            }
        }

        func processorUse(_ running: Int) -> Double {
            switch self {
            case .processor(let cores): min(1, Double(running) / Double(cores))
            case .waiting: 0.1
            case .collapse: 0.3
            }
        }

        func bestLimit(live: Int) -> Int {
            switch self {
            case .processor(let cores): cores
            case .waiting: live
            case .collapse(let most): most
            }
        }
    }

    enum Work: CaseIterable {
        case regular, exponential, heavyTailed

        func draw(_ mean: Double, _ generator: inout SeededGenerator) -> Double {
            let uniform = 1 - generator.fraction()
            return switch self {
            case .regular: mean * (0.9 + 0.2 * uniform)
            case .exponential: -mean * log(uniform)
            // Pareto with the exponent 2.2: a hundredth of the requests do a tenth of the work.
            case .heavyTailed: mean * (1.2 / 2.2) * pow(uniform, -1 / 2.2)
            }
        }
    }

    var load: Load
    var work: Work
    var meanWork: Double
    var live: Int
    let knowsProcessor: Bool
    var generator: SeededGenerator
    private(set) var limits: [Int] = []
    private(set) var completions: [Int] = []
    private(set) var limit: Int?
    /// What each running request has done when it is done, most first, and when it began.
    private var running: [(end: Double, began: Double)] = []
    private var done = 0.0
    private var now = 0.0

    init(_ load: Load, _ work: Work, meanWork: Double, live: Int, knowsProcessor: Bool, seed: Int) {
        self.load = load
        self.work = work
        self.meanWork = meanWork
        self.live = live
        self.knowsProcessor = knowsProcessor
        generator = SeededGenerator(seed: UInt64(seed))
    }

    /// `decide` is asked ten times a second.
    mutating func run(seconds: Int, _ decide: (AdaptiveConcurrency.Sample) -> Int?) {
        for _ in 0..<(seconds * 10) { limit = decide(tick()) }
    }

    private mutating func tick() -> AdaptiveConcurrency.Sample {
        let end = now + 0.1
        var finished = 0
        var serviceTime = 0.0
        var runningTime = 0.0
        var processorTime = 0.0
        while true {
            while running.count < limit ?? live { start() }
            let speed = load.speed(running.count)
            let next = running.last.map { now + ($0.end - done) / speed } ?? end
            let until = min(next, end)
            runningTime += (until - now) * Double(running.count)
            processorTime += (until - now) * load.processorUse(running.count)
            done += (until - now) * speed
            now = until
            guard next <= end, let first = running.popLast() else { break }
            done = first.end
            finished += 1
            serviceTime += now - first.began
        }
        limits.append(limit ?? live)
        completions.append(finished)
        return AdaptiveConcurrency.Sample(
            span: .milliseconds(100), completions: finished,
            meanServiceTime: Nanoseconds(Int(serviceTime / Double(max(finished, 1)) * 1e9)),
            meanRunning: runningTime * 10, isQueueing: true,
            processorUse: knowsProcessor ? processorTime * 10 : nil, live: live)
    }

    private mutating func start() {
        let end = done + work.draw(meanWork, &generator)
        // In order, the first to end last.
        var low = 0
        var high = running.count
        while low < high {
            let middle = (low + high) / 2
            if running[middle].end > end { low = middle + 1 } else { high = middle }
        }
        running.insert((end, now), at: low)
    }

    // MARK: What came of it, over the last seconds

    func perSecond(last seconds: Int) -> Double {
        Double(completions.suffix(seconds * 10).reduce(0, +)) / Double(seconds)
    }

    func medianLimit(last seconds: Int) -> Int {
        limits.suffix(seconds * 10).sorted()[seconds * 5]
    }

    /// For which share of the time the limit was further than a fifth, and more than one, from its median.
    func restlessness(last seconds: Int) -> Double {
        let median = Double(medianLimit(last: seconds))
        let far = limits.suffix(seconds * 10).count { abs(Double($0) - median) > max(0.21 * median, 1) }
        return Double(far) / Double(seconds * 10)
    }
}

import Foundation

@testable import WeirCore

/// The queue before processes that each run one event loop, on a virtual clock: what they are given they work off in
/// order, what waits for something else meanwhile does not keep them, and a thread beside each tells when its loop stands
/// still, as `guests/node/lib/watcher.cjs` does.
final class EventLoopSimulation {
    struct Kind {
        /// Of all requests, 0 to 1.
        var part: Double
        /// Of the loop, on average or always.
        var work: Nanoseconds
        var isAlwaysTheSame = false
        /// For something else, after its work.
        var waits: ClosedRange<Int>?

        static func quick(_ part: Double, _ work: Nanoseconds = .microseconds(500)) -> Kind {
            Kind(part: part, work: work)
        }

        static func blocks(_ part: Double) -> Kind {
            Kind(part: part, work: .milliseconds(200), isAlwaysTheSame: true)
        }

        static func waits(_ part: Double, milliseconds: ClosedRange<Int>) -> Kind {
            Kind(part: part, work: .microseconds(300), waits: milliseconds)
        }
    }

    struct Plan {
        var seed: UInt64
        var processes = 4
        var kinds: [Kind]
        /// Requests a second; or, without, `clients` that ask again when they have their answer.
        var rate = 0.0
        var clients = 0
        var seconds = 30
    }

    struct Request {
        let kind: Int
        let arrived: Instant
        let work: Nanoseconds
        var answered: Instant?
    }

    private enum Event {
        case arrival
        case enters(Int, Task)
        case worked(Int)
        case looks(Int)
        case reported(Int, isStuck: Bool)
        case answered(WorkerID, request: Int)
        case tick
    }

    private enum Task {
        case starts(Int, WorkerID)
        case ends(Int, WorkerID)
        case beat
    }

    private struct Process {
        var tasks: [Task] = []
        var beat: Instant
        var stuckAt: Instant?
    }

    static let hop = Nanoseconds.microseconds(50)
    static let beat = Nanoseconds.milliseconds(20)
    static let look = Nanoseconds.milliseconds(10)
    static let blockedAfter = Nanoseconds.milliseconds(50)
    private static let start = Instant.zero + .seconds(60)

    let plan: Plan
    private(set) var requests: [Request] = []
    private var scheduler: Scheduler<Int>
    private var processes: [Process]
    private var queue = EventQueue<Event>()
    private var generator: SeededGenerator
    private var now = EventLoopSimulation.start

    init(_ plan: Plan) {
        self.plan = plan
        generator = SeededGenerator(seed: plan.seed)
        scheduler = Scheduler(
            lanes: [lane(limit: 100_000, timeout: 600_000)], loops: 1,
            balance: .leastOutstanding(placesPerWorker: 100, slowStart: .zero))
        processes = Array(repeating: Process(beat: now), count: plan.processes)
    }

    func run() -> EventLoopSimulation {
        scheduler.sampleWindow()
        for index in processes.indices {
            _ = scheduler.addWorker(WorkerID(index), loop: 0, now: now)
            after(.milliseconds(generator.below(20)), .enters(index, .beat))
            after(Self.blockedAfter, .looks(index))
        }
        after(.milliseconds(100), .tick)
        if plan.clients == 0 { after(.zero, .arrival) }
        for _ in 0..<plan.clients { arrive() }
        while let next = queue.next, next - Self.start <= .seconds(plan.seconds), let event = queue.takeNext() {
            now = next
            deliver(event)
        }
        return self
    }

    private func after(_ span: Nanoseconds, _ event: Event) { queue.plan(event, at: now + span) }

    private func deliver(_ event: Event) {
        switch event {
        case .arrival:
            after(Nanoseconds(Int(drawn() / plan.rate * 1e9)), .arrival)
            arrive()
        case .enters(let index, let task):
            processes[index].tasks.append(task)
            if processes[index].tasks.count == 1 { work(index) }
        case .worked(let index): worked(index)
        case .looks(let index): look(at: index)
        case .reported(let index, let isStuck):
            scheduler.setStuck(WorkerID(index), isStuck, now: now)
            handOut()
        case .answered(let place, let request):
            requests[request].answered = now
            if case .dispatch(let next, let place, _, _) = scheduler.finished(place, now: now) {
                begin(next, at: place)
            }
            if plan.clients > 0 { arrive() }
        case .tick:
            after(.milliseconds(100), .tick)
            scheduler.sampleWindow()
            handOut()
        }
    }

    // MARK: The queue

    private func arrive() {
        var draw = generator.fraction()
        let index = plan.kinds.indices.first { index in
            draw -= plan.kinds[index].part
            return draw < 0
        }
        let kind = index ?? plan.kinds.count - 1
        let known = plan.kinds[kind]
        let work = known.isAlwaysTheSame ? known.work : Nanoseconds(Int(Double(known.work.count) * drawn()))
        let request = requests.count
        requests.append(Request(kind: kind, arrived: now, work: work))
        if case .dispatch(let place) = scheduler.arrive(request, lane: 0, loop: 0, now: now) {
            begin(request, at: place)
        }
    }

    private func begin(_ request: Int, at place: WorkerID) {
        after(Self.hop, .enters(scheduler.worker(of: place).index, .starts(request, place)))
    }

    private func handOut() {
        while case .dispatch(let request, let place, _, _) = scheduler.nextRunnable(now: now) {
            begin(request, at: place)
        }
    }

    // MARK: A process

    private func work(_ index: Int) {
        guard let task = processes[index].tasks.first else { return }
        switch task {
        case .starts(let request, _): after(requests[request].work, .worked(index))
        case .ends: after(.microseconds(50), .worked(index))
        case .beat: after(.microseconds(5), .worked(index))
        }
    }

    private func worked(_ index: Int) {
        switch processes[index].tasks.removeFirst() {
        case .starts(let request, let place):
            if let waits = plan.kinds[requests[request].kind].waits {
                let span = waits.lowerBound + generator.below(waits.count)
                after(.milliseconds(span), .enters(index, .ends(request, place)))
            } else {
                after(Self.hop, .answered(place, request: request))
            }
        case .ends(let request, let place): after(Self.hop, .answered(place, request: request))
        case .beat:
            processes[index].beat = now
            after(Self.beat, .enters(index, .beat))
        }
        work(index)
    }

    private func look(at index: Int) {
        let beat = processes[index].beat
        if let stuckAt = processes[index].stuckAt, stuckAt != beat {
            processes[index].stuckAt = nil
            after(.microseconds(100), .reported(index, isStuck: false))
        }
        let late = now - (beat + Self.beat)
        if late >= Self.blockedAfter {
            if processes[index].stuckAt == nil { after(.microseconds(100), .reported(index, isStuck: true)) }
            processes[index].stuckAt = beat
        }
        after(processes[index].stuckAt == nil ? max(Self.look, Self.blockedAfter - late) : Self.look, .looks(index))
    }

    /// Of a mean of 1.
    private func drawn() -> Double { -log(1 - generator.fraction()) }

    // MARK: What became of it

    var perSecond: Double { Double(requests.count { $0.answered != nil }) / Double(plan.seconds) }

    /// Of requests of the first kind, in milliseconds.
    func latency(_ share: Double) -> Double {
        percentile(
            share,
            requests.filter { $0.kind == 0 }.compactMap { request in
                request.answered.map { $0 - request.arrived }
            })
    }

    /// The same, of the same requests, with one queue that always knows who is free.
    func leastLatency(_ share: Double) -> Double {
        var free = Array(repeating: Instant.zero, count: plan.processes)
        var latencies: [Nanoseconds] = []
        for request in requests {
            guard let first = free.indices.min(by: { free[$0] < free[$1] }) else { continue }
            free[first] = max(free[first], request.arrived) + request.work
            if request.kind == 0 { latencies.append(free[first] - request.arrived) }
        }
        return percentile(share, latencies)
    }

    private func percentile(_ share: Double, _ latencies: [Nanoseconds]) -> Double {
        let sorted = latencies.sorted()
        return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))].milliseconds
    }
}

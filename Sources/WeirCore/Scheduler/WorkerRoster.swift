/// Who works for an app: which workers are idle, and what the others run. The idle ones of a loop are a stack: the one
/// that worked last has the warmest caches, and the ones at the bottom are those a smaller pool can do without.
struct WorkerRoster {
    private enum Activity { case absent, idle, busy }

    private struct Place {
        var activity = Activity.absent
        /// Takes no further request, and is gone after this one.
        var isRetiring = false
        var loop: Int32 = 0
        var lane: Int32 = 0
        /// When it became idle or busy.
        var since = Instant.zero
        var above: Int32 = WorkerRoster.none
        var below: Int32 = WorkerRoster.none
    }

    private struct Stack {
        var top = WorkerRoster.none
        var bottom = WorkerRoster.none
        var count = 0
    }

    private static let none: Int32 = -1

    private var places: [Place] = []
    private var stacks: [Stack]
    private(set) var live = 0
    private(set) var idle = 0

    init(loops: Int) {
        stacks = Array(repeating: Stack(), count: loops)
    }

    func loop(of worker: WorkerID) -> Int { Int(places[worker.index].loop) }
    func isRetiring(_ worker: WorkerID) -> Bool { places[worker.index].isRetiring }
    func isIdle(_ worker: WorkerID) -> Bool { activity(of: worker) == .idle }

    /// The lane a worker runs a request of, and since when; nil when it runs none.
    func work(of worker: WorkerID) -> (lane: Int, since: Instant)? {
        guard activity(of: worker) == .busy else { return nil }
        return (Int(places[worker.index].lane), places[worker.index].since)
    }

    /// A new worker, not idle yet.
    mutating func add(_ worker: WorkerID, loop: Int) {
        while places.count <= worker.index { places.append(Place()) }
        precondition(places[worker.index].activity == .absent, "worker \(worker.index) was there already")
        places[worker.index] = Place(activity: .busy, loop: Int32(loop))
        live += 1
    }

    mutating func remove(_ worker: WorkerID) {
        if isIdle(worker) { unlink(worker.index) }
        places[worker.index].activity = .absent
        live -= 1
    }

    mutating func retireAfterThis(_ worker: WorkerID) { places[worker.index].isRetiring = true }

    mutating func start(_ worker: WorkerID, lane: Int, now: Instant) {
        if isIdle(worker) { unlink(worker.index) }
        places[worker.index].activity = .busy
        places[worker.index].lane = Int32(lane)
        places[worker.index].since = now
    }

    mutating func rest(_ worker: WorkerID, now: Instant) {
        let loop = loop(of: worker)
        let top = stacks[loop].top
        places[worker.index].activity = .idle
        places[worker.index].since = now
        places[worker.index].above = Self.none
        places[worker.index].below = top
        if top == Self.none {
            stacks[loop].bottom = Int32(worker.index)
        } else {
            places[Int(top)].above = Int32(worker.index)
        }
        stacks[loop].top = Int32(worker.index)
        stacks[loop].count += 1
        idle += 1
    }

    /// The idle worker to run a request of this loop: one of the loop's own, else of the loop that has most to spare.
    func idleWorker(for loop: Int) -> WorkerID? {
        guard idle > 0 else { return nil }
        if stacks[loop].count > 0 { return WorkerID(Int(stacks[loop].top)) }
        var richest = 0
        for other in 1..<stacks.count where stacks[other].count > stacks[richest].count { richest = other }
        return WorkerID(Int(stacks[richest].top))
    }

    /// The one that has been idle for longest, over all loops.
    var longestIdle: (worker: WorkerID, since: Instant)? {
        var longest: (worker: WorkerID, since: Instant)?
        for stack in stacks where stack.count > 0 {
            let since = places[Int(stack.bottom)].since
            if longest.map({ since < $0.since }) ?? true { longest = (WorkerID(Int(stack.bottom)), since) }
        }
        return longest
    }

    private func activity(of worker: WorkerID) -> Activity {
        worker.index < places.count ? places[worker.index].activity : .absent
    }

    private mutating func unlink(_ index: Int) {
        let loop = Int(places[index].loop)
        let above = places[index].above
        let below = places[index].below
        if above == Self.none { stacks[loop].top = below } else { places[Int(above)].below = below }
        if below == Self.none { stacks[loop].bottom = above } else { places[Int(below)].above = above }
        stacks[loop].count -= 1
        idle -= 1
    }
}

/// Who works for an app whose workers run many requests at once. Each worker has as many places as it may run requests;
/// place n of worker w has the id `w * placesPerWorker + n`. A request goes to the worker with the smallest
///
///     (running + 1) / (P * s)         P: its places, s: its share, 0.1...1
///     s = 0.1 + 0.9 * (1 - r / T)     r: what is left of its slow start, T: `slowStart`
///
/// among those that have a place left. So the share orders workers and never holds a request back: a fresh worker that is
/// alone takes everything. A process that has just started compiles, fills its caches and opens its connections, and is
/// slow for those who meet it then. Who was suspended has cooled by as long: r grows by that time, up to T. So a loop that
/// was blocked for 50 ms starts no new slow start, and a process that was ejected for a minute does.
///
/// Of equal ones that are idle it goes to who was chosen longest ago, of others to who finished a request last: that one is
/// at work, and one that has not answered for a while may be blocked, though nobody has noticed yet.
///
/// **Stuck** workers, whose event loop stands still, get nothing, and when all are stuck requests wait: the first that
/// moves again (``LoopMotion``) takes them, where a request handed to one of them would wait for that one. Where loops that
/// stand still take more time than requests do, workers get one at a time: see ``Restraint``.
///
/// **Suspended** workers get nothing while another one is not: what does not fit there waits, as a place is about to
/// become free there, and whoever is sent to a stuck process is stuck with it. When all are suspended they get requests as
/// if none was: what suspended them may be wrong (a health check's path that is gone), and an app must not go down for that.
///
/// Worked row: P = 10. A is warm and runs 3, 4 / 10 = 0.4; B is fresh and idle, 1 / (10 * 0.1) = 1; the next six go to A,
/// then at 10 / 10 they are equal. Half way through its slow start (s = 0.55) B gets its first one beside 1 of A's.
///
/// Source: least outstanding requests with weights and slow start as in Envoy's `LEAST_REQUEST`; all of them when none is
/// well: Envoy's panic threshold.
struct ProcessRoster {
    static let leastShare = 0.1

    private struct Place {
        /// None: free.
        var lane: Int32 = ProcessRoster.none
        var nextFree: Int32 = ProcessRoster.none
        var since = Instant.zero
    }

    private struct Worker {
        var isPresent = false
        /// Takes no further request, and is gone after those it has.
        var isRetiring = false
        var isSuspended = false
        var loop = LoopMotion()
        var running = 0
        /// The place of the request it was given last.
        var newest: Int32 = ProcessRoster.none
        /// Goes up with every choice of anybody.
        var chosen: UInt64 = 0
        /// Goes up with every request that anybody finishes.
        var finished: UInt64 = 0
        /// When its share is whole.
        var warmAt = Instant.zero
        var suspendedAt = Instant.zero
        /// Places that were left again, and the first that nobody has ever taken.
        var firstFree: Int32 = ProcessRoster.none
        var untouched: Int32 = 0

        var takesRequests: Bool { isPresent && !isRetiring }
        var isAwake: Bool { takesRequests && !isSuspended && !loop.isStuck }
    }

    private static let none: Int32 = -1

    let placesPerWorker: Int
    private let slowStart: Nanoseconds
    private var workers: [Worker] = []
    private var places: [Place] = []
    private var choices: UInt64 = 0
    private var finishes: UInt64 = 0
    /// Workers that take requests and are neither suspended nor stuck.
    private var awake = 0
    /// Places at which a request runs or could.
    private(set) var live = 0
    /// nil: a worker may use all its places.
    private var window: PlacesWindow?
    private var restraint = Restraint()

    init(placesPerWorker: Int, slowStart: Nanoseconds) {
        precondition((1...Int(Int32.max)).contains(placesPerWorker), "a worker needs a place")
        self.placesPerWorker = placesPerWorker
        self.slowStart = slowStart
    }

    func worker(of place: WorkerID) -> WorkerID { WorkerID(place.index / placesPerWorker) }

    /// The lane of the request at a place, and since when it runs; nil when none does.
    func work(of place: WorkerID) -> (lane: Int, since: Instant)? {
        guard place.index < places.count, places[place.index].lane != Self.none else { return nil }
        return (Int(places[place.index].lane), places[place.index].since)
    }

    /// Those of a worker that a request may be at; empty when there is no such worker.
    func touchedPlaces(of worker: WorkerID) -> Range<Int> {
        guard isPresent(worker) else { return 0..<0 }
        let first = worker.index * placesPerWorker
        return first..<first + Int(workers[worker.index].untouched)
    }

    func isPresent(_ worker: WorkerID) -> Bool { worker.index < workers.count && workers[worker.index].isPresent }

    /// Places that may be taken now.
    func free(now: Instant) -> Int {
        workers.reduce(0) { sum, worker in
            guard mayTake(worker), !isSpared(worker, now: now) else { return sum }
            return sum + min(restraint.isOn ? 1 : .max, max(0, usable - worker.running))
        }
    }

    /// Of a worker's places.
    private var usable: Int { window?.size ?? placesPerWorker }

    /// See ``PlacesWindow``, which from the first call on decides how many places are used.
    mutating func sampleWindow() {
        var window = window ?? PlacesWindow(places: placesPerWorker)
        window.sample(workers.map { $0.isAwake ? $0.running : nil })
        self.window = window
    }

    /// The place to run the next request at.
    func leastOutstanding(now: Instant) -> WorkerID? {
        var least: (index: Int, load: Double)?
        for index in workers.indices where mayTake(workers[index]) && workers[index].running < usable {
            if isSpared(workers[index], now: now) { continue }
            let load = Double(workers[index].running + 1) / share(of: index, now: now)
            if let least {
                if load > least.load { continue }
                if load == least.load, !isPreferred(index, to: least.index) { continue }
            }
            least = (index, load)
        }
        guard let least else { return nil }
        return WorkerID(least.index * placesPerWorker + freePlace(of: least.index))
    }

    /// Of two with the same load.
    private func isPreferred(_ index: Int, to other: Int) -> Bool {
        if workers[index].running == 0 { return workers[index].chosen < workers[other].chosen }
        return workers[index].finished > workers[other].finished
    }

    mutating func add(_ worker: WorkerID, now: Instant) {
        while workers.count <= worker.index {
            workers.append(Worker())
            places.append(contentsOf: repeatElement(Place(), count: placesPerWorker))
        }
        precondition(!workers[worker.index].isPresent, "worker \(worker.index) was there already")
        workers[worker.index] = Worker(isPresent: true, chosen: choices, warmAt: now + slowStart)
        awake += 1
        live += placesPerWorker
    }

    /// True: it had no request, and is out.
    mutating func retire(_ worker: WorkerID) -> Bool {
        guard isPresent(worker) else { return true }
        if workers[worker.index].takesRequests {
            if workers[worker.index].isAwake { awake -= 1 }
            workers[worker.index].isRetiring = true
            live -= placesPerWorker - workers[worker.index].running
        }
        guard workers[worker.index].running == 0 else { return false }
        workers[worker.index].isPresent = false
        return true
    }

    /// Its places were left before.
    mutating func remove(_ worker: WorkerID) {
        let isOut = retire(worker)
        precondition(isOut, "a worker was removed under its requests")
    }

    mutating func suspend(_ worker: WorkerID, _ isSuspended: Bool, now: Instant) {
        guard isPresent(worker), workers[worker.index].isSuspended != isSuspended else { return }
        if isSuspended {
            workers[worker.index].suspendedAt = now
        } else {
            workers[worker.index].warmAt = now + coldFor(worker.index, now: now)
        }
        change(worker.index) { $0.isSuspended = isSuspended }
    }

    mutating func setStuck(_ worker: WorkerID, _ isStuck: Bool, now: Instant) {
        guard isPresent(worker) else { return }
        var loop = workers[worker.index].loop
        if let block = loop.report(isStuck: isStuck, now: now) { restraint.blocked(for: block) }
        change(worker.index) { $0.loop = loop }
    }

    /// A request is answered, and about to leave its place.
    mutating func noteAnswer(at place: WorkerID, now: Instant) {
        let index = place.index / placesPerWorker
        let since = places[place.index].since
        var loop = workers[index].loop
        // What it waited behind a block does not count.
        guard loop.isStuck else { return restraint.answered(after: now - max(since, loop.movedAt)) }
        let isNewest = workers[index].newest == Int32(place.index)
        if let block = loop.answered(isNewest: isNewest, givenAt: since, now: now) { restraint.blocked(for: block) }
        change(index) { $0.loop = loop }
    }

    private mutating func change(_ index: Int, _ body: (inout Worker) -> Void) {
        let wasAwake = workers[index].isAwake
        body(&workers[index])
        if workers[index].isAwake != wasAwake { awake += wasAwake ? -1 : 1 }
    }

    mutating func start(_ place: WorkerID, lane: Int, now: Instant) {
        let index = place.index / placesPerWorker
        if workers[index].firstFree == Self.none {
            workers[index].untouched += 1
        } else {
            workers[index].firstFree = places[place.index].nextFree
        }
        places[place.index].lane = Int32(lane)
        places[place.index].since = now
        workers[index].running += 1
        workers[index].newest = Int32(place.index)
        choices += 1
        workers[index].chosen = choices
    }

    /// A worker that was to retire is out after its last.
    mutating func end(_ place: WorkerID) {
        let index = place.index / placesPerWorker
        places[place.index].lane = Self.none
        places[place.index].nextFree = workers[index].firstFree
        workers[index].firstFree = Int32(place.index - index * placesPerWorker)
        workers[index].running -= 1
        finishes += 1
        workers[index].finished = finishes
        guard workers[index].isRetiring else { return }
        live -= 1
        if workers[index].running == 0 { workers[index].isPresent = false }
    }

    var outstanding: [SchedulerSnapshot.Outstanding] {
        workers.indices.filter { workers[$0].isPresent }.map {
            SchedulerSnapshot.Outstanding(
                worker: WorkerID($0), running: workers[$0].running, isSuspended: workers[$0].isSuspended,
                isRetiring: workers[$0].isRetiring)
        }
    }

    private func mayTake(_ worker: Worker) -> Bool {
        worker.takesRequests && !worker.loop.isStuck && (!worker.isSuspended || awake == 0)
    }

    /// See ``Restraint``: it has not answered its newest request, and may be blocked.
    private func isSpared(_ worker: Worker, now: Instant) -> Bool {
        guard restraint.isOn, worker.newest != Self.none else { return false }
        let newest = places[Int(worker.newest)]
        return newest.lane != Self.none && now - newest.since < Restraint.longest
    }

    private func share(of index: Int, now: Instant) -> Double {
        let left = coldFor(index, now: now)
        guard left > .zero else { return 1 }
        return Self.leastShare + (1 - Self.leastShare) * (1 - Double(left.count) / Double(slowStart.count))
    }

    /// What is left of its slow start.
    private func coldFor(_ index: Int, now: Instant) -> Nanoseconds {
        guard workers[index].isSuspended else { return workers[index].warmAt - now }
        let since = workers[index].suspendedAt
        return min(slowStart, (workers[index].warmAt - since) + (now - since))
    }

    private func freePlace(of index: Int) -> Int {
        let left = workers[index].firstFree
        return Int(left == Self.none ? workers[index].untouched : left)
    }
}

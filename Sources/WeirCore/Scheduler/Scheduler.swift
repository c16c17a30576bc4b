/// What becomes of a request that arrives.
package enum Arrival: Hashable, Sendable {
    /// Runs now, on this worker.
    case dispatch(WorkerID)
    /// Waits, and can be cancelled by this ticket.
    case wait(TicketID)
    case shed(Shed)
}

/// The one queue of an app, in front of all its workers: admits a request, lets it wait, or sheds it, and gives each worker
/// that becomes free the next one. Performs no I/O and reads no clock; the runner holds one under a lock that all event
/// loops share. Nothing here allocates once the queue and the pool have been at their largest.
///
/// With ``Balance/leastOutstanding(placesPerWorker:slowStart:)`` a worker has several *places*, each for one request.
/// ``addWorker(_:loop:now:)``, ``retireWorker(_:)``, ``removeWorker(_:now:)`` and ``suspend(_:_:now:)`` speak of workers, all
/// that is said about a request names its place; ``worker(of:)`` tells whose that is. Where more than one place may have
/// become free, which each of these four can bring about, ``nextRunnable(now:)`` hands out the rest until it says idle.
///
/// A worker is idle here only between ``addWorker(_:loop:now:)`` or ``finished(_:now:)`` and its next dispatch. Ids may be
/// used again once the worker is out: after ``removeWorker(_:now:)``, or a retirement that is through.
package struct Scheduler<Request>: ~Copyable {
    package enum Next {
        case idle
        /// Run this, on this worker: the one reported, unless it leaves and another takes over.
        case dispatch(Request, to: WorkerID, lane: Int, waited: Nanoseconds)
    }

    @usableFromInline package var dispatcher: Dispatcher
    /// By ticket slot. Empty where nobody stands.
    @usableFromInline package var requests: [Request?] = []

    /// The first lane is the default one. `affinitySlack` bounds by how much a younger request may overtake an older one
    /// because it came in on the worker's own event loop.
    package init(
        lanes: [LanePolicy], loops: Int, affinitySlack: Nanoseconds = .milliseconds(2), balance: Balance = .byLoop
    ) {
        dispatcher = Dispatcher(lanes: lanes, loops: loops, affinitySlack: affinitySlack, balance: balance)
    }

    /// False: the app has no worker and starts none, so requests are shed on arrival. While it is true they wait even
    /// without a worker, as one may be starting.
    package var isAvailable: Bool {
        get { dispatcher.isAvailable }
        set { dispatcher.isAvailable = newValue }
    }

    /// At most so many requests run at once, though more workers are idle; nil: as many as there are workers. To lower it
    /// interrupts nothing. After it was raised, call ``nextRunnable(now:)`` until that has nothing more.
    package var concurrencyLimit: Int? {
        get { dispatcher.concurrencyLimit }
        set { dispatcher.concurrencyLimit = newValue }
    }

    /// Requests that wait.
    package var queued: Int { dispatcher.tally.queued }

    /// Nothing waits and nothing runs.
    package var isDrained: Bool { dispatcher.tally.queued == 0 && dispatcher.tally.running == 0 }

    @inlinable
    package mutating func arrive(_ request: Request, lane: Int, loop: Int, now: Instant) -> Arrival {
        let arrival = dispatcher.arrive(lane: lane, loop: loop, now: now)
        if case .wait(let ticket) = arrival { keep(request, ticket) }
        return arrival
    }

    /// A request whose worker died before it answered, and may be run again: runs at once, or waits ahead of its lane, or
    /// is shed when the deadline that it has had since `arrived` is over or the app is down. Best called before the
    /// worker is removed: then the room that worker leaves goes to this request. A worker with several places is retired
    /// before that, or it would be given the request again.
    @inlinable
    package mutating func arriveAgain(
        _ request: Request, lane: Int, loop: Int, arrived: Instant, now: Instant
    ) -> Arrival {
        let arrival = dispatcher.arriveAgain(lane: lane, loop: loop, arrived: arrived, now: now)
        if case .wait(let ticket) = arrival { keep(request, ticket) }
        return arrival
    }

    /// Work for an idle worker that a raised ``concurrencyLimit``, or a worker with several places, lets run. Call it until
    /// it says idle.
    @inlinable
    package mutating func nextRunnable(now: Instant) -> Next {
        next(dispatcher.nextRunnable(now: now))
    }

    /// A worker has started: it takes what waits, or becomes idle.
    @inlinable
    package mutating func addWorker(_ worker: WorkerID, loop: Int, now: Instant) -> Next {
        next(dispatcher.addWorker(worker, loop: loop, now: now))
    }

    /// A worker is done with its request: counts it, frees its lane's room and hands out the next.
    @inlinable
    package mutating func finished(_ worker: WorkerID, now: Instant) -> Next {
        next(dispatcher.finished(worker, now: now))
    }

    /// The request of this worker was not answered, though the worker lives: as ``finished(_:now:)``, but it does not count as
    /// completed.
    @inlinable
    package mutating func lost(_ worker: WorkerID, now: Instant) -> Next {
        next(dispatcher.lost(worker, now: now))
    }

    /// Gives a worker with several places no request while another can take one, or lets it have its part again.
    package mutating func suspend(_ worker: WorkerID, _ isSuspended: Bool, now: Instant) {
        dispatcher.suspend(worker, isSuspended, now: now)
    }

    /// To be called every 100 ms where workers that stand still are told of by ``setStuck(_:_:now:)``: none gets much more than
    /// it usually has. Call ``nextRunnable(now:)`` until idle afterwards.
    package mutating func sampleWindow() { dispatcher.sampleWindow() }

    /// Its event loop stands still, or goes on: while it does, it gets nothing, and where all are stuck requests wait.
    package mutating func setStuck(_ worker: WorkerID, _ isStuck: Bool, now: Instant) {
        dispatcher.setStuck(worker, isStuck, now: now)
    }

    /// Whose place it is; the worker itself where it has one only.
    package func worker(of place: WorkerID) -> WorkerID { dispatcher.processes.worker(of: place) }

    /// Gives the worker no further request. True when it is out already; otherwise ``finished(_:now:)`` lets it out.
    package mutating func retireWorker(_ worker: WorkerID) -> Bool {
        dispatcher.retireWorker(worker)
    }

    /// The worker is gone, idle or busy. What it was running is the runner's to answer. An idle worker may take over the
    /// room it leaves.
    @inlinable
    package mutating func removeWorker(_ worker: WorkerID, now: Instant) -> Next {
        next(dispatcher.removeWorker(worker, now: now))
    }

    /// The client left: takes its request out of the queue. nil when it is no longer there.
    @inlinable
    package mutating func cancel(_ ticket: TicketID) -> Request? {
        dispatcher.cancel(ticket).map { take($0) }
    }

    /// Takes out everything whose deadline has passed while it waited.
    @inlinable
    package mutating func expire(now: Instant, _ body: (Request, Shed) -> Void) {
        while let (slot, shed) = dispatcher.nextExpired(now: now) { body(take(slot), shed) }
    }

    /// Takes out everything that waits: the app went down, or the server stops.
    @inlinable
    package mutating func shedQueued(_ body: (Request, Shed) -> Void) {
        while let (slot, shed) = dispatcher.nextTurnedAway() { body(take(slot), shed) }
    }

    /// The idle worker a pool can best do without, and since when it has been idle; where workers have one place.
    package var longestIdle: (worker: WorkerID, since: Instant)? { dispatcher.roster.longestIdle }

    package func snapshot(now: Instant) -> SchedulerSnapshot { dispatcher.snapshot(now: now) }

    @inlinable
    package mutating func next(_ assignment: Dispatcher.Assignment?) -> Next {
        guard let assignment else { return .idle }
        return .dispatch(
            take(assignment.slot), to: assignment.worker, lane: assignment.lane, waited: assignment.waited)
    }

    @inlinable
    package mutating func keep(_ request: Request, _ ticket: TicketID) {
        let slot = Int(ticket.slot)
        if slot == requests.count { requests.append(request) } else { requests[slot] = request }
    }

    /// Leaves nothing behind: a request kept alive by a queue it has left would keep its connection's memory too.
    @inlinable
    package mutating func take(_ slot: Int) -> Request {
        var request: Request?
        swap(&request, &requests[slot])
        guard let request else { preconditionFailure("nobody stands in slot \(slot)") }
        return request
    }
}

extension Scheduler: Sendable where Request: Sendable {}
extension Scheduler.Next: Sendable where Request: Sendable {}

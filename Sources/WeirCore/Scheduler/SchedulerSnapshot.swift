/// What the scheduler has counted. Every request that arrived is in exactly one place:
///
///     arrived  = accepted + shed at arrival (queueFull, hopeless, unavailable)
///     accepted = queued + running + completed + cancelled + interrupted + shed by timeout + turned away from the queue
///
/// A request that comes again after its worker died arrives, and is accepted, once more; `retried` counts those. One that
/// comes again too late is accepted and shed by timeout.
///
/// Requests turned away from the queue by ``Scheduler/shedQueued(_:)`` count as `unavailable`, and in `turnedAway`.
package struct SchedulerSnapshot: Sendable {
    package struct Lane: Sendable {
        package var name: String
        package var queued: Int
        package var running: Int
        package var retried: Int
        package var shed: ShedCounts
        package var meanServiceTime: Nanoseconds?
        package var longestWait: Nanoseconds
        package var weight: Int
        package var priority: LanePolicy.Priority
        /// Its oldest request has waited longer than the lane's target, so the newest is served first.
        package var isNewestFirst: Bool
    }

    /// A worker of ``Balance/leastOutstanding(placesPerWorker:slowStart:)``.
    package struct Outstanding: Hashable, Sendable {
        package var worker: WorkerID
        package var running: Int
        package var isSuspended: Bool
        package var isRetiring: Bool
    }

    package var lanes: [Lane]
    package var queued: Int
    package var running: Int
    /// Workers that may take a request, and all; places, where a worker has several.
    package var idle: Int
    package var live: Int
    package var accepted: Int
    package var completed: Int
    /// How long workers were busy with the completed ones, together.
    package var busy: Nanoseconds
    /// Left by their clients while queued.
    package var cancelled: Int
    /// Running on a worker that was removed, or not answered by one that lives.
    package var interrupted: Int
    package var turnedAway: Int
    /// Came again because their worker died before it answered.
    package var retried: Int
    package var shed: ShedCounts
    /// Most requests that ran, and waited, at the same time.
    package var maxRunning: Int
    package var maxQueued: Int
    /// Requests a second while every worker is busy; nil before the first completion. See ``DrainRate``.
    package var drainPerSecond: Double?
    package var meanServiceTime: Nanoseconds?
    package var longestWait: Nanoseconds
    /// At most so many run at once; nil: as many as there are workers.
    package var concurrencyLimit: Int?
    package var isAvailable: Bool
    /// By worker, those that run many requests at once; empty under ``Balance/byLoop``.
    package var outstanding: [Outstanding]

    package var suspended: Int { outstanding.count(where: \.isSuspended) }
}

/// The scheduler's counters.
struct Tally: Sendable {
    var accepted = 0
    var completed = 0
    var busy = Nanoseconds.zero
    var cancelled = 0
    var interrupted = 0
    var turnedAway = 0
    var retried = 0
    var queued = 0
    var running = 0
    var maxQueued = 0
    var maxRunning = 0
}

extension Dispatcher {
    package func snapshot(now: Instant) -> SchedulerSnapshot {
        let lanes = lanes.indices.map { snapshot(of: $0, now: now) }
        return SchedulerSnapshot(
            lanes: lanes, queued: tally.queued, running: tally.running,
            idle: spreadsRequests ? processes.free(now: now) : roster.idle, live: live,
            accepted: tally.accepted, completed: tally.completed, busy: tally.busy,
            cancelled: tally.cancelled,
            interrupted: tally.interrupted, turnedAway: tally.turnedAway, retried: tally.retried,
            shed: lanes.reduce(ShedCounts()) { $0 + $1.shed },
            maxRunning: tally.maxRunning, maxQueued: tally.maxQueued,
            drainPerSecond: drain.perSecond(workers: min(live, concurrencyLimit ?? .max)),
            meanServiceTime: drain.meanServiceTime,
            longestWait: lanes.map(\.longestWait).max() ?? .zero,
            concurrencyLimit: concurrencyLimit, isAvailable: isAvailable,
            outstanding: processes.outstanding)
    }

    private func snapshot(of index: Int, now: Instant) -> SchedulerSnapshot.Lane {
        let lane = lanes[index]
        return SchedulerSnapshot.Lane(
            name: lane.policy.name, queued: lane.waiting + lane.overdue, running: lane.running,
            retried: lane.retried, shed: lane.shed, meanServiceTime: lane.drain.meanServiceTime,
            longestWait: oldestArrival(in: index).map { now - $0 } ?? .zero,
            weight: lane.policy.weight, priority: lane.policy.priority, isNewestFirst: isNewestFirst(index, now: now))
    }

    private func isNewestFirst(_ lane: Int, now: Instant) -> Bool {
        guard let target = lanes[lane].policy.newestFirstAfter,
            let oldest = oldestArrival(in: lane, includingReturned: false)
        else { return false }
        return now - oldest > target
    }
}

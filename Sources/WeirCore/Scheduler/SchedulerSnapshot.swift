/// What the scheduler has counted. Every request that arrived is in exactly one place:
///
///     arrived  = accepted + shed at arrival (queueFull, hopeless, unavailable)
///     accepted = queued + running + completed + cancelled + interrupted + shed by timeout + turned away from the queue
///
/// Requests turned away from the queue by ``Scheduler/shedQueued(_:)`` count as `unavailable`, and in `turnedAway`.
package struct SchedulerSnapshot: Sendable {
    package struct Lane: Sendable {
        package var name: String
        package var queued: Int
        package var running: Int
        package var shed: ShedCounts
        package var meanServiceTime: Nanoseconds?
    }

    package var lanes: [Lane]
    package var queued: Int
    package var running: Int
    package var idle: Int
    package var live: Int
    package var accepted: Int
    package var completed: Int
    /// Left by their clients while queued.
    package var cancelled: Int
    /// Running on a worker that was removed.
    package var interrupted: Int
    package var turnedAway: Int
    package var shed: ShedCounts
    /// Most requests that ran, and waited, at the same time.
    package var maxRunning: Int
    package var maxQueued: Int
    /// Requests a second while every worker is busy; nil before the first completion. See ``DrainRate``.
    package var drainPerSecond: Double?
    package var meanServiceTime: Nanoseconds?
    package var longestWait: Nanoseconds
    package var isAvailable: Bool
}

/// The scheduler's counters.
struct Tally: Sendable {
    var accepted = 0
    var completed = 0
    var cancelled = 0
    var interrupted = 0
    var turnedAway = 0
    var queued = 0
    var running = 0
    var maxQueued = 0
    var maxRunning = 0
}

extension Dispatcher {
    package func snapshot(now: Instant) -> SchedulerSnapshot {
        SchedulerSnapshot(
            lanes: lanes.map { lane in
                SchedulerSnapshot.Lane(
                    name: lane.policy.name, queued: lane.waiting + lane.overdue, running: lane.running,
                    shed: lane.shed, meanServiceTime: lane.drain.meanServiceTime)
            },
            queued: tally.queued, running: tally.running, idle: roster.idle, live: roster.live,
            accepted: tally.accepted, completed: tally.completed, cancelled: tally.cancelled,
            interrupted: tally.interrupted, turnedAway: tally.turnedAway,
            shed: lanes.reduce(ShedCounts()) { $0 + $1.shed },
            maxRunning: tally.maxRunning, maxQueued: tally.maxQueued,
            drainPerSecond: drain.perSecond(workers: roster.live), meanServiceTime: drain.meanServiceTime,
            longestWait: longestWait(now: now), isAvailable: isAvailable)
    }

    private func longestWait(now: Instant) -> Nanoseconds {
        var longest = Nanoseconds.zero
        for list in 0..<overdueList {
            if let slot = room.head(of: list) { longest = max(longest, now - room[slot].arrived) }
        }
        return longest
    }
}

/// What a lane has had of the workers, by which lanes of the same priority share them: start-time fair queueing on the
/// time that workers were measured to spend, not on the number of requests. A lane of slow requests gets no more time
/// for being slow.
///
///     A  attained, s           A = workers' time spent on the lane's requests, up to this moment, / w
///     w  weight                1...1000
///     R  running               requests of the lane that run now
///     S  expected, s           the lane's mean service time; the app's while the lane has none
///     t  tag, s                t = A + R * S / w
///
/// A worker that becomes free takes from the lane with the smallest tag of those that wait and have room; of equal tags,
/// from the lane whose oldest request is the oldest. The second term stands for what the running requests will still
/// cost, so that several workers that become free together do not all go to the same lane.
///
/// No credit for the past: counting starts anew when a request has to wait and no other of its priority does, for until
/// then everybody got what they asked for. A lane that joins those that wait is lifted to V, the largest A that a lane
/// of that priority had when it started a request. A lane at its concurrency does not compete: its distance to V is the
/// same when it has room again.
///
/// Fairness bound: while lanes i and j of one priority both wait with room, on N workers, with L the longest service time
/// of a lane so far,
///
///     |time_i / w_i - time_j / w_j| <= N * (L_i / w_i + L_j / w_j)
///
/// from the moment they began at the same A. For i to start a request its tag, which is at least A_i, is at most j's,
/// which is at most A_j + N * L_j / w_j; what then runs adds at most N * L_i / w_i to A_i until it ends.
///
/// Starvation: within a priority there is none, by the bound. Across priorities there may be: while a higher one keeps all
/// workers busy a lower one does not run, and its requests are answered 503 at their queue's deadline, as any that waited
/// too long. A `concurrency` for the higher lane leaves workers to the lower.
///
/// Worked row: `reports` (w = 1) has had 0.4 s and runs 2 requests of 0.2 s: t = 0.4 + 2 * 0.2 = 0.8 s. `pages` (w = 3) has
/// had 1.5 s and runs 5 of 0.06 s: t = 1.5 / 3 + 5 * 0.06 / 3 = 0.6 s. The next worker takes a page.
///
/// Source: Goyal, Vin and Cheng, "Start-time fair queuing", SIGCOMM 1996; the length of a packet is not known before it
/// is sent here, hence the measured time and the expectation for what runs.
package struct LaneShare: Sendable {
    package private(set) var attained = 0.0
    private let weight: Double
    private var counted = Instant.zero
    /// How far behind V it was when it reached its concurrency.
    private var behind = 0.0

    package init(weight: Int) { self.weight = Double(weight) }

    /// In nanoseconds.
    package func tag(running: Int, expected: Double) -> Double { attained + Double(running) * expected / weight }

    /// Counts what ran since the last time, before that number changes.
    package mutating func count(running: Int, now: Instant) {
        attained += Double(running) * Double((now - counted).count) / weight
        counted = now
    }

    mutating func startAnew(now: Instant) {
        attained = 0
        behind = 0
        counted = now
    }

    mutating func lift(to level: Double) { attained = max(attained, level) }

    mutating func leavesCompetition(level: Double) { behind = max(0, level - attained) }

    mutating func rejoinsCompetition(level: Double) { lift(to: level - behind) }
}

/// With a single lane there is nothing to share, and nothing is counted.
extension Dispatcher {
    var sharesWorkers: Bool { lanes.count > 1 }

    /// Before a request of the lane starts.
    mutating func countStart(of lane: Int, now: Instant) {
        let priority = lanes[lane].policy.priority.rawValue
        lanes[lane].share.count(running: lanes[lane].running, now: now)
        levels[priority] = max(levels[priority], lanes[lane].share.attained)
        if lanes[lane].running + 1 >= lanes[lane].concurrency {
            lanes[lane].share.leavesCompetition(level: levels[priority])
        }
    }

    /// Before a request of the lane ends.
    mutating func countEnd(of lane: Int, now: Instant) {
        lanes[lane].share.count(running: lanes[lane].running, now: now)
        if !lanes[lane].hasRoom {
            lanes[lane].share.rejoinsCompetition(level: levels[lanes[lane].policy.priority.rawValue])
        }
    }

    /// Before a request waits in a lane in which none did.
    mutating func joinThoseThatWait(_ lane: Int, now: Instant) {
        let priority = lanes[lane].policy.priority
        var isAlone = true
        for other in lanes.indices where lanes[other].policy.priority == priority && lanes[other].waiting > 0 {
            setOverdueAside(other, now: now)
            if lanes[other].waiting > 0 { isAlone = false }
        }
        if isAlone {
            levels[priority.rawValue] = 0
            for other in lanes.indices where lanes[other].policy.priority == priority {
                lanes[other].share.startAnew(now: now)
            }
        } else {
            lanes[lane].share.count(running: lanes[lane].running, now: now)
            lanes[lane].share.lift(to: levels[priority.rawValue])
        }
    }

    /// In nanoseconds; the least there is when nothing was measured yet, so that the lane that runs less goes first.
    func tag(of lane: Int, now: Instant) -> Double {
        let expected = lanes[lane].drain.meanServiceTime ?? drain.meanServiceTime ?? Nanoseconds(1)
        var share = lanes[lane].share
        share.count(running: lanes[lane].running, now: now)
        return share.tag(running: lanes[lane].running, expected: Double(expected.count))
    }
}

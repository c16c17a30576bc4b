/// Who is next. The lane of the highest priority that waits and has room; of several, the one that has had the least of
/// its share (``LaneShare``). In the lane: first who has come again because a worker died, then the oldest.
///
/// A worker prefers the requests of its own event loop, since to serve another's costs that loop a wake-up; but only
/// among requests of about the same age:
///
/// **Order bound**: a request taken from a lane's queue is at most `affinitySlack` younger than the oldest one of that lane.
///
/// **Newest first**: once a lane's oldest request has waited longer than its `newestFirstAfter`, the newest is taken (with
/// the same slack), until the oldest is below the target again. In an overload that lasts, the oldest first would
/// serve everybody just before they give up; this way those that are served are served at once, and it is the ones that
/// could not be helped that time out.
///
/// Source of newest first: Maurer, "Fail at Scale", ACM Queue 13(8), 2015, "adaptive LIFO".
extension Dispatcher {
    var overdueList: Int { lanes.count * listsOfLane }

    /// One a loop, and one for those that come again.
    private var listsOfLane: Int { loops + 1 }

    func list(_ lane: Int, _ loop: Int) -> Int { lane * listsOfLane + loop }

    func listOfReturned(_ lane: Int) -> Int { list(lane, loops) }

    /// Work for a worker that has just become able to do some.
    mutating func next(for worker: WorkerID, now: Instant) -> Assignment? {
        guard tally.queued > 0, limitAllows, let slot = choose(for: roster.loop(of: worker), now: now) else {
            roster.rest(worker, now: now)
            return nil
        }
        return assign(slot, to: worker, now: now)
    }

    /// Work for a worker that is idle because a limit, of a lane or of the app, held back what waits, and no longer does.
    mutating func fillRoom(now: Instant) -> Assignment? {
        if spreadsRequests { return fillPlace(now: now) }
        guard tally.queued > 0, roster.idle > 0, limitAllows, let slot = choose(for: nil, now: now),
            let worker = roster.idleWorker(for: Int(room[slot].loop))
        else { return nil }
        return assign(slot, to: worker, now: now)
    }

    /// Moves what has passed its deadline out of the way. It is at the heads: a list's deadlines are in order of arrival.
    mutating func setOverdueAside(_ lane: Int, now: Instant) {
        for list in list(lane, 0)...listOfReturned(lane) { _ = head(of: list, lane, now: now) }
    }

    mutating func assign(_ slot: Int, to worker: WorkerID, now: Instant) -> Assignment {
        let lane = Int(room[slot].lane)
        let waited = now - room[slot].arrived
        leaveQueue(slot)
        start(worker, lane: lane, now: now)
        return Assignment(worker: worker, slot: slot, lane: lane, waited: waited)
    }

    mutating func choose(for loop: Int?, now: Instant) -> Int? {
        guard sharesWorkers else { return lanes[0].hasRoom ? first(in: 0, for: loop, now: now) : nil }
        guard let lane = chooseLane(now: now) else { return nil }
        return first(in: lane, for: loop, now: now)
    }

    private mutating func chooseLane(now: Instant) -> Int? {
        var chosen: (lane: Int, priority: LanePolicy.Priority, tag: Double)?
        for lane in lanes.indices where lanes[lane].waiting > 0 && lanes[lane].hasRoom {
            let priority = lanes[lane].policy.priority
            if let chosen, chosen.priority > priority { continue }
            setOverdueAside(lane, now: now)
            guard lanes[lane].waiting > 0 else { continue }
            let tag = tag(of: lane, now: now)
            if let chosen, chosen.priority == priority {
                if tag > chosen.tag { continue }
                if tag == chosen.tag, !isOlder(lane, than: chosen.lane) { continue }
            }
            chosen = (lane, priority, tag)
        }
        return chosen?.lane
    }

    /// The next of a lane for a worker of this loop; nil when none is in time.
    private mutating func first(in lane: Int, for loop: Int?, now: Instant) -> Int? {
        if tally.retried > 0, let slot = head(of: listOfReturned(lane), lane, now: now) { return slot }
        var own: Int?
        var oldest: Int?
        for other in 0..<loops {
            guard let slot = head(of: list(lane, other), lane, now: now) else { continue }
            if oldest.map({ room[slot].arrived < room[$0].arrived }) ?? true { oldest = slot }
            if other == loop { own = slot }
        }
        guard let oldest else { return nil }
        if let target = lanes[lane].policy.newestFirstAfter, now - room[oldest].arrived > target {
            return newest(in: lane, for: loop)
        }
        guard let own else { return oldest }
        return room[own].arrived - room[oldest].arrived <= affinitySlack ? own : oldest
    }

    private func newest(in lane: Int, for loop: Int?) -> Int? {
        var own: Int?
        var newest: Int?
        for other in 0..<loops {
            guard let slot = room.tail(of: list(lane, other)) else { continue }
            if newest.map({ room[slot].arrived > room[$0].arrived }) ?? true { newest = slot }
            if other == loop { own = slot }
        }
        guard let own, let newest else { return newest }
        return room[newest].arrived - room[own].arrived <= affinitySlack ? own : newest
    }

    /// The first of a list of a lane that is still in time.
    private mutating func head(of list: Int, _ lane: Int, now: Instant) -> Int? {
        while let slot = room.head(of: list) {
            guard room[slot].deadline <= now else { return slot }
            room.move(slot, to: overdueList)
            lanes[lane].waiting -= 1
            lanes[lane].overdue += 1
        }
        return nil
    }

    private func isOlder(_ lane: Int, than other: Int) -> Bool {
        guard let oldest = oldestArrival(in: lane), let others = oldestArrival(in: other) else { return false }
        return oldest < others
    }

    /// Of those that wait in a lane, whether anybody has looked at their deadlines or not.
    func oldestArrival(in lane: Int, includingReturned: Bool = true) -> Instant? {
        var oldest: Instant?
        for list in list(lane, 0)...(includingReturned ? listOfReturned(lane) : list(lane, loops - 1)) {
            guard let slot = room.head(of: list) else { continue }
            oldest = min(oldest ?? room[slot].arrived, room[slot].arrived)
        }
        return oldest
    }
}

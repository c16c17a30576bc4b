/// Who is next. A worker prefers the requests of its own event loop, since to serve another's costs that loop a wake-up;
/// but only among requests of about the same age:
///
/// **Fairness bound**: a request taken from the queue is at most `affinitySlack` younger than the oldest one that could
/// have been taken. Nobody is overtaken by what arrived more than the slack after it, and within a lane and loop by nobody.
extension Dispatcher {
    var overdueList: Int { lanes.count * loops }

    func list(_ lane: Int, _ loop: Int) -> Int { lane * loops + loop }

    /// Work for a worker that has just become able to do some.
    mutating func next(for worker: WorkerID, now: Instant) -> Assignment? {
        guard tally.queued > 0, let slot = choose(for: roster.loop(of: worker), now: now) else {
            roster.rest(worker, now: now)
            return nil
        }
        return assign(slot, to: worker, now: now)
    }

    /// A lane's room was freed by a worker that takes nothing more: an idle one may take over what that lane holds back.
    mutating func fillRoom(in lane: Int, now: Instant) -> Assignment? {
        guard roster.idle > 0, lanes[lane].waiting > 0, lanes[lane].hasRoom,
            let slot = oldest(in: lane, now: now)
        else { return nil }
        let loop = Int(room[slot].list) - list(lane, 0)
        guard let worker = roster.idleWorker(for: loop) else { return nil }
        return assign(slot, to: worker, now: now)
    }

    /// Moves what has passed its deadline out of the way. It is at the heads: a lane's deadlines are in order of arrival.
    mutating func setOverdueAside(_ lane: Int, now: Instant) {
        for loop in 0..<loops { _ = head(lane, loop, now: now) }
    }

    private mutating func assign(_ slot: Int, to worker: WorkerID, now: Instant) -> Assignment {
        let lane = Int(room[slot].lane)
        let waited = now - room[slot].arrived
        leaveQueue(slot)
        start(worker, lane: lane, now: now)
        return Assignment(worker: worker, slot: slot, lane: lane, waited: waited)
    }

    private mutating func choose(for loop: Int, now: Instant) -> Int? {
        var own: Int?
        var oldest: Int?
        for lane in lanes.indices where lanes[lane].waiting > 0 && lanes[lane].hasRoom {
            for other in 0..<loops {
                guard let slot = head(lane, other, now: now) else { continue }
                if isOlder(slot, than: oldest) { oldest = slot }
                if other == loop, isOlder(slot, than: own) { own = slot }
            }
        }
        guard let own, let oldest else { return oldest }
        return room[own].arrived - room[oldest].arrived <= affinitySlack ? own : oldest
    }

    private mutating func oldest(in lane: Int, now: Instant) -> Int? {
        var oldest: Int?
        for loop in 0..<loops {
            if let slot = head(lane, loop, now: now), isOlder(slot, than: oldest) { oldest = slot }
        }
        return oldest
    }

    private func isOlder(_ slot: Int, than other: Int?) -> Bool {
        guard let other else { return true }
        return room[slot].arrived < room[other].arrived
    }

    /// The first of a lane and loop that is still in time.
    private mutating func head(_ lane: Int, _ loop: Int, now: Instant) -> Int? {
        while let slot = room.head(of: list(lane, loop)) {
            guard room[slot].deadline <= now else { return slot }
            room.move(slot, to: overdueList)
            lanes[lane].waiting -= 1
            lanes[lane].overdue += 1
        }
        return nil
    }
}

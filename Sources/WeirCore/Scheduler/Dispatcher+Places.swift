/// What is different where a worker has several places: see ``ProcessRoster``. A place that becomes free is not that of the
/// next request by itself, which goes where least is outstanding; and requests of all event loops are taken in order of
/// arrival, since none of them has workers of its own.
extension Dispatcher {
    mutating func addProcess(_ worker: WorkerID, now: Instant) -> Assignment? {
        processes.add(worker, now: now)
        return fillPlace(now: now)
    }

    mutating func leavePlace(_ place: WorkerID, now: Instant) -> Assignment? {
        processes.end(place)
        return fillPlace(now: now)
    }

    mutating func removeProcess(_ worker: WorkerID, now: Instant) -> Assignment? {
        for index in processes.touchedPlaces(of: worker) {
            guard let work = processes.work(of: WorkerID(index)) else { continue }
            end(in: work.lane, now: now)
            tally.interrupted += 1
            processes.end(WorkerID(index))
        }
        processes.remove(worker)
        return fillPlace(now: now)
    }

    package mutating func suspend(_ worker: WorkerID, _ isSuspended: Bool, now: Instant) {
        processes.suspend(worker, isSuspended, now: advance(to: now))
    }

    package mutating func setStuck(_ worker: WorkerID, _ isStuck: Bool, now: Instant) {
        processes.setStuck(worker, isStuck, now: advance(to: now))
    }

    package mutating func sampleWindow() { processes.sampleWindow() }

    mutating func fillPlace(now: Instant) -> Assignment? {
        guard tally.queued > 0, limitAllows, let place = processes.leastOutstanding(now: now),
            let slot = choose(for: nil, now: now)
        else { return nil }
        return assign(slot, to: place, now: now)
    }
}

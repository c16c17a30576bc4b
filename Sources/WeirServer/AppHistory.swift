/// What the generations of apps that have ended counted, by the app's name, so that its counters go on over a reload.
struct AppHistory: Sendable {
    private var totals: [String: AppSnapshot.Totals] = [:]

    mutating func absorb(_ ended: AppSnapshot) {
        totals[ended.name] = ended.totals + totals[ended.name]
    }

    /// Apps that are no longer configured leave nothing behind.
    mutating func keepOnly(_ names: Set<String>) {
        totals = totals.filter { names.contains($0.key) }
    }

    /// `current` with all that earlier generations counted. `leaving` are generations that still finish what they have.
    func complete(_ current: AppSnapshot, leaving: [AppSnapshot] = []) -> AppSnapshot {
        var complete = current
        complete.totals = complete.totals + totals[current.name]
        for generation in leaving where generation.name == current.name {
            complete.totals = complete.totals + generation.totals
            complete.add(processesOf: generation)
        }
        return complete
    }
}

extension AppSnapshot {
    /// An old generation's requests and workers are the app's until they are through.
    fileprivate mutating func add(processesOf leaving: AppSnapshot) {
        for lane in leaving.lanes {
            if let index = lanes.firstIndex(where: { $0.name == lane.name }) {
                lanes[index].queued += lane.queued
                lanes[index].running += lane.running
            } else if lane.queued + lane.running > 0 {
                lanes.append(lane)
            }
        }
        longestWait = max(longestWait, leaving.longestWait)
        workers.busy += leaving.workers.busy
        workers.leaving += leaving.workers.leaving + leaving.workers.idle + leaving.workers.starting
        processes += leaving.processes.filter(\.isBusy)
    }
}

extension AppSnapshot.Totals {
    static func + (a: Self, b: Self?) -> Self {
        guard let b else { return a }
        return Self(
            accepted: a.accepted + b.accepted, completed: a.completed + b.completed,
            maxQueued: max(a.maxQueued, b.maxQueued), maxRunning: max(a.maxRunning, b.maxRunning),
            shed: a.shed.merging(b.shed) { $0.merging($1, uniquingKeysWith: +) },
            maxChildrenReached: sum(a.maxChildrenReached, b.maxChildrenReached),
            workerStarts: sum(a.workerStarts, b.workerStarts), workerDeaths: sum(a.workerDeaths, b.workerDeaths),
            bootFailures: sum(a.bootFailures, b.bootFailures), workerKills: sum(a.workerKills, b.workerKills),
            recycles: sum(a.recycles, b.recycles), retries: sum(a.retries, b.retries),
            slowRequests: sum(a.slowRequests, b.slowRequests), cpuSeconds: sum(a.cpuSeconds, b.cpuSeconds)
        )
    }

    private static func sum<Number: Numeric>(_ a: Number?, _ b: Number?) -> Number? {
        a == nil && b == nil ? nil : (a ?? 0) + (b ?? 0)
    }

    private static func sum(_ a: [String: Int]?, _ b: [String: Int]?) -> [String: Int]? {
        a == nil && b == nil ? nil : (a ?? [:]).merging(b ?? [:], uniquingKeysWith: +)
    }
}

/// The targets of an app: which of them are given no requests for now. Each has its ``HealthTracker``; here is what takes
/// knowing the others:
///
///     ejected at the same time    E <= max(1, ⌊N / 2⌋)      N: targets; those that are unwell by their probes count too
///     fit                         F >= 1                     who is the last one fit is not ejected
///
/// When half of the targets fail, it is most likely something they share, and the others would only fail under twice
/// the load. Probes may find all of them unwell: that is told as it is, and what becomes of requests then is up to
/// whoever gives them, as ``ProcessRoster`` does.
///
/// Source: Envoy's `max_ejection_percent`, 10 % by default: for the handful of targets an app has here, half.
package struct OutlierEjection: Sendable {
    package enum Change: Hashable, Sendable {
        case ejected(WorkerID, until: Instant)
        /// Ejected no more: time is up, or its probes pass.
        case returned(WorkerID)
        /// By its probes.
        case unwell(WorkerID)
        case well(WorkerID)
    }

    private let configuration: HealthConfiguration
    private var trackers: [HealthTracker?] = []

    package init(_ configuration: HealthConfiguration) { self.configuration = configuration }

    package mutating func add(_ target: WorkerID, now: Instant) {
        while trackers.count <= target.index { trackers.append(nil) }
        trackers[target.index] = HealthTracker(configuration, now: now)
    }

    package mutating func remove(_ target: WorkerID) {
        if trackers.indices.contains(target.index) { trackers[target.index] = nil }
    }

    package subscript(target: WorkerID) -> HealthTracker? {
        trackers.indices.contains(target.index) ? trackers[target.index] : nil
    }

    /// Of a target that was removed nothing is taken.
    package mutating func record(_ outcome: HealthOutcome, _ target: WorkerID, now: Instant) -> [Change] {
        guard var tracker = self[target] else { return [] }
        let before = tracker
        let isOutlier = tracker.record(outcome, now: now)
        if isOutlier && mayEject(target) { tracker.eject(now: now) }
        trackers[target.index] = tracker
        return changes(of: target, from: before, to: tracker)
    }

    /// To be called a few times a second. The probes that are due have to be made, and recorded.
    package mutating func tick(now: Instant) -> (probes: [WorkerID], changes: [Change]) {
        var probes: [WorkerID] = []
        var all: [Change] = []
        for index in trackers.indices {
            guard var tracker = trackers[index] else { continue }
            let before = tracker
            if tracker.tick(now: now) { probes.append(WorkerID(index)) }
            trackers[index] = tracker
            all += changes(of: WorkerID(index), from: before, to: tracker)
        }
        return (probes, all)
    }

    private func mayEject(_ target: WorkerID) -> Bool {
        let all = trackers.compactMap { $0 }
        let others = trackers.indices.contains { $0 != target.index && trackers[$0]?.isFit == true }
        return others && all.count { !$0.isFit } < max(1, all.count / 2)
    }

    private func changes(of target: WorkerID, from before: HealthTracker, to after: HealthTracker) -> [Change] {
        var changes: [Change] = []
        if before.isUnwell != after.isUnwell { changes.append(after.isUnwell ? .unwell(target) : .well(target)) }
        switch (before.ejectedUntil, after.ejectedUntil) {
        case (nil, let until?): changes.append(.ejected(target, until: until))
        case (_?, nil): changes.append(.returned(target))
        default: break
        }
        return changes
    }
}

/// A pool in numbers, for status and metrics.
package struct PoolStatus: Hashable, Sendable {
    package enum ForkServer: String, Hashable, Sendable { case off, starting, ready, failed }

    package var forkServer: ForkServer
    package var isAvailable: Bool
    /// Workers it may have at present.
    package var maximum: Int
    /// How many workers the manager wants.
    package var target: Int
    package var starting: Int
    package var idle: Int
    /// With a request at least.
    package var busy: Int
    /// Told to leave or killed, not gone yet.
    package var leaving: Int
    /// Requests that all of them have, those that leave among them.
    package var outstanding: Int
    /// Idle and busy ones that go when their successors are up.
    package var due: Int
    package var tally: PoolTally
    /// Failures to start in a row, of the fork server or of workers.
    package var failures: Int
    package var retryAt: Instant?
    package var lastFailure: String?
    /// The latest at the end.
    package var recentFailures: [WorkerFailure]
}

/// What a pool has counted since it started.
package struct PoolTally: Hashable, Sendable {
    package var started = 0
    package var exited = 0
    /// Exited unasked after having taken a request.
    package var died = 0
    package var bootFailures = 0
    package var kills = KillCounts()
    package var recycles = RecycleCounts()
    /// How often more workers were wanted than the maximum allows: php-fpm's "max children reached".
    package var maxReached = 0
    /// Requests that took longer than the slow log's limit, and those of them that were asked for their stacks.
    package var slowRequests = 0
    package var stacksAsked = 0
    /// Bursts of crashes that asked for a new generation.
    package var generationsWanted = 0

    package init() {}

    /// By a timeout, or for the memory they took.
    package var killed: Int { kills.unwell }
}

extension PoolStateMachine {
    package var status: PoolStatus {
        let serverStatus: PoolStatus.ForkServer =
            switch forkServer {
            case .off: serverStarts.failures > 0 ? .failed : .off
            case .starting: .starting
            case .ready: .ready
            case .killed: .failed
            }
        let idle = workers.count(where: \.isReady)
        let busy = workers.count(where: \.isBusy)
        let starting = workers.count(where: \.isStarting)
        return PoolStatus(
            forkServer: serverStatus, isAvailable: isAvailable, maximum: maximum, target: target, starting: starting,
            idle: idle, busy: busy, leaving: live - idle - busy - starting,
            outstanding: workers.reduce(0) { $0 + $1.outstanding }, due: due, tally: tally,
            failures: max(boots.failures, serverStarts.failures), retryAt: boots.retryAt ?? serverStarts.retryAt,
            lastFailure: lastFailure, recentFailures: failures.list)
    }
}

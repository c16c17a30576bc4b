/// A pool in numbers, for status and metrics.
package struct PoolStatus: Hashable, Sendable {
    package enum ForkServer: String, Hashable, Sendable { case off, starting, ready, failed }

    package var forkServer: ForkServer
    package var isAvailable: Bool
    /// How many workers the manager wants.
    package var target: Int
    package var starting: Int
    package var idle: Int
    package var busy: Int
    /// Told to leave or killed, not gone yet.
    package var leaving: Int
    package var tally: PoolTally
    /// Failures to start in a row, of the fork server or of workers.
    package var failures: Int
    package var retryAt: Instant?
    package var lastFailure: String?
}

/// What a pool has counted since it started.
package struct PoolTally: Hashable, Sendable {
    package var started = 0
    package var exited = 0
    /// Exited unasked after having taken a request.
    package var died = 0
    package var bootFailures = 0
    /// By a timeout.
    package var killed = 0
    /// How often more workers were wanted than the maximum allows: php-fpm's "max children reached".
    package var maxReached = 0

    package init() {}
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
            forkServer: serverStatus, isAvailable: isAvailable, target: target, starting: starting, idle: idle,
            busy: busy,
            leaving: live - idle - busy - starting, tally: tally, failures: max(boots.failures, serverStarts.failures),
            retryAt: boots.retryAt ?? serverStarts.retryAt, lastFailure: lastFailure)
    }
}

/// How a target is watched.
package struct HealthConfiguration: Hashable, Sendable {
    /// Active: a request of the server's own to the target; nil: none is made.
    package struct Probes: Hashable, Sendable {
        package var interval: Nanoseconds
        package var timeout: Nanoseconds
        /// So many that pass in a row make it well, so many that fail make it unwell.
        package var rise: Int
        package var fall: Int

        package init(
            interval: Nanoseconds = .seconds(5), timeout: Nanoseconds = .seconds(2), rise: Int = 2, fall: Int = 3
        ) {
            precondition(interval > .zero && timeout > .zero && rise >= 1 && fall >= 1, "impossible health check")
            self.interval = interval
            self.timeout = timeout
            self.rise = rise
            self.fall = fall
        }
    }

    package var probes: Probes?
    /// Passive: so many requests that fail in a row eject it; 0: none do.
    package var failures: Int
    /// How long the first ejection lasts; the n-th in a row n times as long, up to ``longestEjection``.
    package var ejection: Nanoseconds

    package static let longestEjection = Nanoseconds.minutes(5)

    package init(probes: Probes? = nil, failures: Int = 5, ejection: Nanoseconds = .seconds(30)) {
        precondition(failures >= 0 && ejection > .zero, "impossible ejection")
        self.probes = probes
        self.failures = failures
        self.ejection = ejection
    }
}

/// Whether one target, a process or an external address, is fit to be given requests. By two judges:
///
///     unwell     `fall` probes failed in a row               until `rise` passed in a row
///     ejected    `failures` requests failed in a row         until time is up, or `rise` probes passed in a row
///
///     D = min(5 min, n * B)         D: how long it is ejected, B: `ejection`, n: ejections in a row
///
/// n goes down by one for every D without another ejection since the last one ended, so that a target which was bad for
/// an hour has earned its way back after as many quiet spans. Whoever gives requests lets a target that comes back warm
/// up, as ``ProcessRoster`` does with one that was suspended. A new target is taken for well: its first failures tell.
///
/// Worked row: B = 30 s: five failures in a row at 0 s: ejected until 30 s; five more at 40 s: until 100 s, as n = 2; none
/// until 160 s: n = 1 again.
///
/// Source: ejection and its growing time: Envoy's outlier detection (`consecutive_gateway_failure` 5, `base_ejection_time`
/// 30 s, `max_ejection_time` 300 s); `rise` and `fall`: HAProxy's.
package struct HealthTracker: Sendable {
    package let configuration: HealthConfiguration
    /// By its probes.
    package private(set) var isUnwell = false
    /// When its ejection ends; nil: it is not ejected.
    package private(set) var ejectedUntil: Instant?
    /// Ejections in a row.
    package private(set) var ejections = 0
    private var failed = 0
    private var probesFailed = 0
    private var probesPassed = 0
    private var nextProbe: Instant
    /// A probe runs since then.
    private var probing: Instant?
    /// The last ejection, or its latest repayment, was over.
    private var quietSince: Instant

    package init(_ configuration: HealthConfiguration, now: Instant) {
        self.configuration = configuration
        nextProbe = now
        quietSince = now
    }

    package var isFit: Bool { !isUnwell && ejectedUntil == nil }

    /// Takes what a request or a probe came to. True: requests speak for an ejection, which is left to who knows the other
    /// targets.
    package mutating func record(_ outcome: HealthOutcome, now: Instant) -> Bool {
        switch outcome {
        case .probePassed: probed(true, now: now)
        case .probeFailed: probed(false, now: now)
        default: break
        }
        guard let isFailure = outcome.isFailure else { return false }
        // What was under way when it was ejected says nothing new.
        guard ejectedUntil == nil else { return false }
        failed = isFailure ? failed + 1 : 0
        return configuration.failures > 0 && failed >= configuration.failures
    }

    package mutating func eject(now: Instant) {
        forgiveEjections(now: now)
        failed = 0
        probesPassed = 0
        ejections += 1
        ejectedUntil = now + span
    }

    /// Ends what is over. True: a probe is due, and counts as started; one that is not answered within its timeout, and was
    /// not recorded, fails here.
    package mutating func tick(now: Instant) -> Bool {
        if let ejectedUntil, now >= ejectedUntil { comeBack(at: ejectedUntil) }
        forgiveEjections(now: now)
        guard let probes = configuration.probes else { return false }
        if let since = probing, now - since >= probes.timeout { probed(false, now: now) }
        guard probing == nil, now >= nextProbe else { return false }
        probing = now
        nextProbe = now + probes.interval
        return true
    }

    private var span: Nanoseconds {
        let most = HealthConfiguration.longestEjection
        let times = min(ejections, most.count / configuration.ejection.count + 1)
        return min(most, Nanoseconds(configuration.ejection.count * times))
    }

    private mutating func comeBack(at time: Instant) {
        ejectedUntil = nil
        failed = 0
        quietSince = time
    }

    private mutating func forgiveEjections(now: Instant) {
        while ejectedUntil == nil, ejections > 0, now - quietSince >= span {
            quietSince = quietSince + span
            ejections -= 1
        }
    }

    /// The answer of a probe that was taken for failed already changes nothing.
    private mutating func probed(_ hasPassed: Bool, now: Instant) {
        guard let probes = configuration.probes, probing != nil else { return }
        probing = nil
        probesPassed = hasPassed ? min(probesPassed + 1, probes.rise) : 0
        probesFailed = hasPassed ? 0 : min(probesFailed + 1, probes.fall)
        if probesFailed == probes.fall { isUnwell = true }
        guard probesPassed == probes.rise else { return }
        isUnwell = false
        if ejectedUntil != nil { comeBack(at: now) }
    }
}

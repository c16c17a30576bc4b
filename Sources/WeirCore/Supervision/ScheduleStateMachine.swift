/// Decides when one scheduled command runs. Performs no I/O: the caller carries out each ``Action`` and says what came of
/// it. A run that is due while the last one goes on is left out and counted; what was due while nobody looked (a clock put
/// forward, a machine asleep) is made up for by one run.
package struct ScheduleStateMachine: Sendable {
    package enum Trigger: Sendable {
        /// At whole multiples of the span, counted from the start.
        case every(Nanoseconds)
        case cron(CronSchedule, TimeZoneTable)
    }

    package enum Action: Hashable, Sendable {
        case start
        /// SIGTERM to the process.
        case stop
        /// SIGKILL to its process group.
        case kill
        /// It was due, but the last run goes on.
        case skipped
    }

    /// Both clocks at one moment.
    package struct Time: Hashable, Sendable {
        package var now: Instant
        /// Seconds since 1970.
        package var wall: Int

        package init(now: Instant, wall: Int) {
            self.now = now
            self.wall = wall
        }
    }

    package enum Result: Hashable, Sendable {
        case succeeded
        /// `exit code 1`, or why it could not be started.
        case failed(String)
        case timedOut
        /// The server ended, or the entry has gone.
        case stopped

        package var name: String {
            switch self {
            case .succeeded: "ok"
            case .failed: "failed"
            case .timedOut: "timeout"
            case .stopped: "stopped"
            }
        }

        package static let names = ["failed", "ok", "stopped", "timeout"]
    }

    package struct Run: Hashable, Sendable {
        /// Seconds since 1970.
        package var startedAt: Int
        package var duration: Nanoseconds
        package var result: Result
    }

    package struct Tally: Hashable, Sendable {
        /// By the result's name.
        package var runs: [String: Int] = [:]
        package var skipped = 0

        package init() {}
    }

    private enum State {
        case idle
        case starting
        case running(since: Time, deadline: Instant)
        case stopping(since: Time, deadline: Instant, isKilled: Bool)
    }

    /// From SIGTERM to SIGKILL.
    package static let stopTimeout = Nanoseconds.seconds(10)
    /// A clock that is put back further was wrong before: what is due is found anew.
    private static let correctionMax = 3 * 3_600

    private let trigger: Trigger
    private let timeout: Nanoseconds
    private let origin: Instant
    private var state = State.idle
    private var hasTimedOut = false
    private var nextInstant: Instant?
    private var nextWall: Int?
    private var lastWall: Int
    package private(set) var tally: Tally
    package private(set) var last: Run?
    package private(set) var isRetiring = false

    /// `since`: what was due up to then was somebody else's, in seconds since 1970. `tally`, `last`: of the definition before.
    package init(
        _ trigger: Trigger, timeout: Nanoseconds, at time: Time, since: Int? = nil, tally: Tally = Tally(),
        last: Run? = nil
    ) {
        self.trigger = trigger
        self.timeout = timeout
        self.tally = tally
        self.last = last
        origin = time.now
        lastWall = time.wall
        switch trigger {
        case .every(let span): nextInstant = time.now + span
        case .cron(let schedule, let zone):
            nextWall = schedule.next(after: min(since ?? time.wall, time.wall), in: zone)
        }
    }

    package var isRunning: Bool { if case .idle = state { false } else { true } }
    package var isRetired: Bool { isRetiring && !isRunning }

    /// When the run that goes on was started.
    package var runningSince: Time? {
        switch state {
        case .running(let since, _), .stopping(let since, _, _): since
        case .idle, .starting: nil
        }
    }

    /// Seconds since 1970; nil: not any more.
    package func nextRun(_ time: Time) -> Int? {
        if isRetiring { return nil }
        return nextWall ?? nextInstant.map { time.wall + Int(($0 - time.now).seconds.rounded()) }
    }

    // MARK: Time

    /// To be asked several times a second.
    package mutating func tick(_ time: Time) -> [Action] {
        var actions = watch(time)
        guard !isRetiring, isDue(time) else { return actions }
        if isRunning {
            tally.skipped += 1
            actions.append(.skipped)
        } else {
            state = .starting
            actions.append(.start)
        }
        return actions
    }

    /// The run that goes on.
    private mutating func watch(_ time: Time) -> [Action] {
        switch state {
        case .running(let since, let deadline) where time.now >= deadline:
            hasTimedOut = true
            state = .stopping(since: since, deadline: time.now + Self.stopTimeout, isKilled: false)
            return [.stop]
        case .stopping(let since, let deadline, false) where time.now >= deadline:
            state = .stopping(since: since, deadline: deadline, isKilled: true)
            return [.kill]
        case .idle, .starting, .running, .stopping: return []
        }
    }

    /// Once for each time that it is.
    private mutating func isDue(_ time: Time) -> Bool {
        switch trigger {
        case .every(let span):
            guard let next = nextInstant, time.now >= next else { return false }
            let passed = (time.now - origin).count / max(1, span.count)
            nextInstant = origin + Nanoseconds((passed + 1) * span.count)
            return true
        case .cron(let schedule, let zone):
            if time.wall < lastWall - Self.correctionMax { nextWall = schedule.next(after: time.wall, in: zone) }
            lastWall = time.wall
            guard let next = nextWall, time.wall >= next else { return false }
            nextWall = schedule.next(after: time.wall, in: zone)
            return true
        }
    }

    /// Nothing is due any more, and what runs is told to end.
    package mutating func retire(_ time: Time) -> [Action] {
        isRetiring = true
        guard case .running(let since, _) = state else { return [] }
        state = .stopping(since: since, deadline: time.now + Self.stopTimeout, isKilled: false)
        return [.stop]
    }

    // MARK: What came of it

    package mutating func started(_ time: Time) {
        hasTimedOut = false
        state = .running(since: time, deadline: time.now + timeout)
    }

    package mutating func startFailed(_ reason: String, _ time: Time) {
        finish(Run(startedAt: time.wall, duration: .zero, result: .failed(reason)))
    }

    /// Returns what is kept of the run.
    @discardableResult
    package mutating func exited(what: String, isSuccess: Bool, _ time: Time) -> Run {
        let since = runningSince ?? time
        let result: Result
        if hasTimedOut {
            result = .timedOut
        } else if case .stopping = state {
            result = .stopped
        } else {
            result = isSuccess ? .succeeded : .failed(what)
        }
        let run = Run(startedAt: since.wall, duration: time.now - since.now, result: result)
        finish(run)
        return run
    }

    private mutating func finish(_ run: Run) {
        state = .idle
        last = run
        tally.runs[run.result.name, default: 0] += 1
    }
}

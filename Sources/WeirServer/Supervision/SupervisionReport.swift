import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes
import WeirTelemetry
import WeirWire

/// What runs beside the apps, as JSON. Times in seconds, memory in bytes.
struct SupervisionReport: Encodable {
    let processes: [ProcessReport]
    let schedule: [ScheduleReport]

    init(_ supervision: Supervision) {
        let now = EdgeLoop.now
        processes = supervision.processes.flatMap { ProcessReport.all(of: $0, now: now) }
        schedule = supervision.schedule.map { ScheduleReport($0) }
    }
}

/// One instance of a program.
struct ProcessReport: Encodable {
    struct Exit: Encodable {
        /// `exit code 1`, `signal 9 (Killed)`, or why it could not be started.
        let status: String
        let secondsAgo: Double
        /// It was told to end.
        let asked: Bool
    }

    let name: String
    let instance: Int
    let pid: Int32?
    let state: String
    let essential: Bool
    let uptimeSeconds: Double?
    /// Until it is started again.
    let startsInSeconds: Double?
    let restarts: Int
    /// With its children.
    let memory: Int?
    let cpuSeconds: Double?
    let lastExit: Exit?

    static func all(of program: SupervisedProgram, now: Instant) -> [ProcessReport] {
        let state = program.state
        return state.machine.instances.enumerated().map { index, instance in
            ProcessReport(
                name: program.settings.name, instance: index, pid: instance.pid, state: instance.state.name,
                essential: program.settings.essential, uptimeSeconds: instance.since.map { (now - $0).seconds },
                startsInSeconds: instance.startsAt.map { ($0 - now).seconds }, restarts: instance.restarts,
                memory: instance.memory?.count, cpuSeconds: state.cpu[index]?.seconds,
                lastExit: instance.lastExit.map {
                    Exit(status: $0.what, secondsAgo: (now - $0.at).seconds, asked: $0.isAsked)
                })
        }
    }
}

/// One entry of the schedule.
struct ScheduleReport: Encodable {
    struct Run: Encodable {
        /// RFC 3339, in UTC.
        let startedAt: String
        let durationSeconds: Double
        /// `ok`, `failed`, `timeout` or `stopped`.
        let result: String
        /// Why, where it failed.
        let reason: String?
    }

    let name: String
    /// `every 1m`, or the line of cron.
    let when: String
    /// nil: the time of day means nothing.
    let timezone: String?
    let runningSeconds: Double?
    /// RFC 3339, in UTC.
    let nextRun: String?
    let nextRunInSeconds: Int?
    let lastRun: Run?
    /// By result.
    let runs: [String: Int]
    let skipped: Int

    init(_ command: ScheduledCommand) {
        let (state, time) = (command.state, ScheduledCommand.now)
        name = command.settings.name
        switch command.settings.trigger {
        case .every(let span):
            when = "every \(span.configured)"
            timezone = nil
        case .cron(let schedule):
            when = schedule.text
            timezone = command.settings.timezone
        }
        runningSeconds = state.runningSince.map { (time.now - $0.now).seconds }
        let next = state.nextRun(time)
        nextRun = next.map(Self.text)
        nextRunInSeconds = next.map { max(0, $0 - time.wall) }
        lastRun = state.last.map { run in
            var reason: String?
            if case .failed(let why) = run.result { reason = why }
            return Run(
                startedAt: Self.text(run.startedAt), durationSeconds: run.duration.seconds, result: run.result.name,
                reason: reason)
        }
        runs = state.tally.runs
        skipped = state.tally.skipped
    }

    private static func text(_ seconds: Int) -> String {
        String(upTo: LogDate.byteCount) { LogDate.writeISO8601(seconds: seconds, to: &$0) }
    }
}

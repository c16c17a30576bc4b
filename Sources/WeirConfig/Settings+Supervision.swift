import WeirCore

/// A program that runs beside the apps, and is kept running.
package struct ProcessSettings: Equatable, Sendable {
    package var name: String
    /// The program and its arguments.
    package var command: [String] = []
    package var instances = 1
    /// Where it runs. Absolute once loaded.
    package var directory = ""
    package var environment: [String: String] = [:]
    package var restart = SupervisionPolicy.Restart.always
    package var maxMemory: Bytes?
    package var maxLifetime: Nanoseconds?
    /// The number of the signal that asks it to end.
    package var stopSignal = 15
    package var stopTimeout: Nanoseconds = .seconds(10)
    /// `/ready` turns 503 while none of its instances runs.
    package var essential = false

    package init(name: String) { self.name = name }
}

/// A command that runs again and again, once at a time.
package struct ScheduleSettings: Equatable, Sendable {
    package enum Trigger: Equatable, Sendable {
        case every(Nanoseconds)
        case cron(CronSchedule)
    }

    /// What happens when a run is due while the last one goes on.
    package enum Overlap: String, Sendable, CaseIterable { case skip }

    /// As the log and the metrics call it: no two have the same.
    package var name: String
    package var trigger: Trigger
    package var command: [String]
    /// Of `cron`: a name of the system's zoneinfo.
    package var timezone = utc
    package var timeout: Nanoseconds = .minutes(5)
    package var overlap = Overlap.skip
    /// Where it runs. Absolute once loaded.
    package var directory = ""
    package var environment: [String: String] = [:]

    package static let utc = "UTC"
    /// Where the system has its zones.
    package static let zoneDirectory = "/usr/share/zoneinfo"

    package init(name: String, trigger: Trigger, command: [String]) {
        self.name = name
        self.trigger = trigger
        self.command = command
    }
}

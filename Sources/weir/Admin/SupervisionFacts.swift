/// One instance of a program beside the apps.
struct ProcessFacts: Decodable, Equatable {
    struct Exit: Decodable, Equatable {
        var status: String
        var secondsAgo: Double?
        var asked: Bool?
    }

    var name: String
    var instance: Int
    var pid: Int?
    var state: String
    var essential: Bool?
    var uptimeSeconds: Double?
    var startsInSeconds: Double?
    var restarts: Int?
    var memory: Int?
    var cpuSeconds: Double?
    var lastExit: Exit?

    /// `exit code 1, 12 s ago`.
    var lastExitText: String {
        guard let lastExit else { return "" }
        return Shown.text(lastExit.status) + (lastExit.secondsAgo.map { ", \(Shown.time($0)) ago" } ?? "")
    }

    /// `waiting 1.2 s`: until it is started again.
    var stateText: String {
        Shown.text(state) + (startsInSeconds.map { $0 > 0 ? " \(Shown.time($0))" : "" } ?? "")
    }
}

/// One entry of the schedule.
struct ScheduleFacts: Decodable, Equatable {
    struct Run: Decodable, Equatable {
        var startedAt: String?
        var durationSeconds: Double?
        var result: String
        var reason: String?
    }

    var name: String
    var when: String?
    var timezone: String?
    var runningSeconds: Double?
    var nextRun: String?
    var nextRunInSeconds: Int?
    var lastRun: Run?
    var runs: [String: Int]?
    var skipped: Int?

    /// `ok`, `failed: exit code 1`.
    var lastText: String {
        guard let lastRun else { return "" }
        return Shown.text(lastRun.result + (lastRun.reason.map { ": \($0)" } ?? ""))
    }

    var nextText: String {
        if let runningSeconds { return "runs, \(Shown.time(runningSeconds))" }
        return nextRunInSeconds.map { "in \(Shown.time(Double($0)))" } ?? Shown.nothing
    }
}

struct SupervisionFacts: Decodable, Equatable {
    var processes: [ProcessFacts]
    var schedule: [ScheduleFacts]

    /// Both, each with a heading; empty without either.
    var lines: [String] {
        var lines: [String] = []
        if !processes.isEmpty { lines += Self.table(processes).lines }
        if !processes.isEmpty, !schedule.isEmpty { lines.append("") }
        if !schedule.isEmpty { lines += Self.table(schedule).lines }
        return lines
    }

    private static func table(_ processes: [ProcessFacts]) -> TextTable {
        var table = TextTable(columns: [
            .init("PROCESS"), .init("NO", .right), .init("PID", .right), .init("STATE"), .init("UP", .right),
            .init("RESTARTS", .right), .init("MEMORY", .right), .init("CPU", .right), .init("LAST EXIT"),
        ])
        table.rows = processes.map { process in
            [
                Shown.text(process.name), "\(process.instance)", Shown.count(process.pid), process.stateText,
                Shown.time(process.uptimeSeconds), Shown.count(process.restarts), Shown.bytes(process.memory),
                Shown.time(process.cpuSeconds), process.lastExitText,
            ]
        }
        return table
    }

    private static func table(_ schedule: [ScheduleFacts]) -> TextTable {
        var table = TextTable(columns: [
            .init("SCHEDULE"), .init("WHEN"), .init("NEXT"), .init("LAST RUN"), .init("TOOK", .right),
            .init("SKIPPED", .right), .init("RESULT"),
        ])
        table.rows = schedule.map { entry in
            let zone = entry.timezone.map { $0 == "UTC" ? "" : " \($0)" } ?? ""
            return [
                Shown.text(entry.name), Shown.text((entry.when ?? "") + zone), entry.nextText,
                Shown.text(entry.lastRun?.startedAt ?? Shown.nothing), Shown.time(entry.lastRun?.durationSeconds),
                Shown.count(entry.skipped), entry.lastText,
            ]
        }
        return table
    }
}

struct RestartingFacts: Decodable {
    var process: String
    var restarting: [Int]
}

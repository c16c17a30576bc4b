import ArgumentParser

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what a running server does: its apps, workers and queues.",
        discussion: """
            Ends with 0, with 1 when the server does not tell, with 2 for a wrong command line and with 3 when no server \
            runs. A dash stands for what is not known. --json prints all that /status knows.
            """
    )

    @Flag(name: .long, help: "Print the server's own JSON.")
    var json = false

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let status = try client.get("/status")
            guard !json else { return print(status.text, terminator: "") }
            let report = StatusText(
                server: try status.decoded(), apps: try client.get("/apps").decoded(),
                ready: try client.ask(.get, "/ready"))
            print(report.lines.joined(separator: "\n"))
        }
    }
}

/// The same facts for a person.
struct StatusText {
    let server: ServerFacts
    let apps: [AppFacts]
    let ready: AdminAnswer

    var lines: [String] {
        var lines = [head, ""]
        if apps.isEmpty {
            lines.append("no apps: files, redirects and fixed answers only")
        } else {
            lines += table.lines
        }
        let beside = server.supervision.lines
        if !beside.isEmpty { lines += [""] + beside }
        let failures = apps.flatMap(Self.failures)
        if !failures.isEmpty { lines += ["", "what went wrong last:"] + failures.map { "    " + $0 } }
        return lines
    }

    /// More of them are in `--json`.
    private static let failuresShown = 3

    private static func failures(_ app: AppFacts) -> [String] {
        let ends = (app.recentFailures ?? []).prefix(failuresShown).flatMap { failure in
            let pid = failure.pid.map { " (pid \($0))" } ?? ""
            let requests = Shown.count(failure.requests)
            return [
                "worker \(failure.worker)\(pid), \(Shown.time(failure.secondsAgo)) ago, after \(requests) requests: "
                    + Shown.text(failure.what)
            ] + (failure.lastWords ?? []).map { "    " + Shown.text($0) }
        }
        return ((app.lastFailure.map { [Shown.text($0)] } ?? []) + ends).map { line in
            "\(Shown.text(app.name)): \(line)"
        }
    }

    private var head: String {
        let reasons = ready.text.split(separator: "\n").joined(separator: ", ")
        let state = ready.status == 200 ? "ready" : "not ready: \(Shown.text(reasons))"
        let connections = server.connections
        return "\(state); up \(Shown.time(server.uptimeSeconds)); "
            + "connections: \(Shown.count(connections?.open)) open, \(Shown.count(connections?.refused)) refused"
    }

    private var table: TextTable {
        var table = TextTable(columns: [
            .init("APP"), .init("RUNTIME"), .init("STATE"), .init("GEN", .right), .init("BUSY", .right),
            .init("IDLE", .right), .init("START", .right), .init("LEAVE", .right), .init("MAX", .right),
            .init("QUEUE", .right), .init("WAIT", .right), .init("SHED", .right), .init("SERVED", .right),
            .init("MEAN", .right),
        ])
        for app in apps {
            table.rows.append([
                Shown.text(app.name), Self.runtime(app), Self.state(app),
                Shown.count(app.generation), Shown.count(app.workers?.active), Shown.count(app.workers?.idle),
                Shown.count(app.workers?.starting), Shown.count(app.workers?.leaving), Shown.count(app.workers?.max),
                Shown.count(app.queued), Shown.time(app.longestWaitSeconds), Shown.count(app.shed),
                Shown.count(app.completed), Shown.time(app.meanServiceSeconds),
            ])
        }
        return table
    }

    /// `php`, or `php worker`.
    private static func runtime(_ app: AppFacts) -> String {
        let runtime = Shown.text(app.runtime ?? Shown.nothing)
        guard let mode = app.mode, mode != "classic" else { return runtime }
        return "\(runtime) \(Shown.text(mode))"
    }

    private static func state(_ app: AppFacts) -> String {
        if app.draining == true { return "draining" }
        return app.available == false ? "unavailable" : "up"
    }
}

import ArgumentParser

struct WorkersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "List the workers of a running server, and the request that each has.",
        discussion: "TIME is since the request arrived. MEMORY is a worker's own and its share of what all have."
    )

    @Option(name: .long, help: ArgumentHelp("Of this app only.", valueName: "name"))
    var app: String?

    @Flag(name: .long, help: "Print the server's own JSON.")
    var json = false

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let answer = try client.get("/workers" + (app.map { "?app=" + AdminClient.escaped($0) } ?? ""))
            guard !json else { return print(answer.text, terminator: "") }
            let workers: [WorkerFacts] = try answer.decoded()
            print(Self.table(workers).lines.joined(separator: "\n"))
        }
    }

    static func table(_ workers: [WorkerFacts]) -> TextTable {
        var table = TextTable(columns: [
            .init("APP"), .init("MODE"), .init("ID", .right), .init("PID", .right), .init("STATE"),
            .init("REQUESTS", .right),
            .init("AGE", .right), .init("MEMORY", .right), .init("TIME", .right), .init("REQUEST"),
        ])
        for worker in workers {
            table.rows.append([
                Shown.text(worker.app), Shown.text(worker.mode ?? Shown.nothing), "\(worker.id)",
                Shown.count(worker.pid), Shown.text(worker.state),
                Shown.count(worker.requests), Shown.time(worker.ageSeconds), Shown.bytes(worker.memory),
                worker.request.map { Shown.time($0.seconds) } ?? "", worker.request?.line ?? "",
            ])
        }
        return table
    }
}

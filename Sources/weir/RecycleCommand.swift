import ArgumentParser

struct RecycleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recycle",
        abstract: "Replace an app's workers, or one of them, without losing a request.",
        discussion: """
            One after the other, each after its request and once its successor can start. The command returns at once; \
            'weir workers' shows how it goes.
            """
    )

    @Argument(help: ArgumentHelp("The app.", valueName: "app"))
    var app: String

    @Argument(
        help: ArgumentHelp(
            "A worker's number or pid; id:7 or pid:7 where both would be meant. Otherwise all of them.",
            valueName: "worker"))
    var worker: String?

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let app = AdminClient.escaped(app)
            let target = worker.map { "/workers/\(app)/\(AdminClient.escaped($0))/recycle" } ?? "/apps/\(app)/recycle"
            let done: RecycledFacts = try client.post(target).decoded()
            let names = done.recycling.map { "\($0.id)" + ($0.pid.map { " (pid \($0))" } ?? "") }
            guard !names.isEmpty else { return print("\(Shown.text(done.app)) has no workers") }
            let plural = names.count == 1 ? "worker" : "workers"
            print("\(Shown.text(done.app)): replacing \(plural) \(names.joined(separator: ", "))")
        }
    }
}

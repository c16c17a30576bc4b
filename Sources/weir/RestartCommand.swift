import ArgumentParser

struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restart a program of 'processes', or one of its instances.",
        discussion: """
            One instance after the other: its stop signal, its end, its start. What has ended, or waits to be started \
            again, is started at once. The command returns at once; 'weir processes' shows how it goes. Apps are restarted \
            with 'weir recycle'.
            """
    )

    @Argument(help: ArgumentHelp("The process.", valueName: "process"))
    var process: String

    @Argument(help: ArgumentHelp("An instance's number, from 0. Otherwise all of them.", valueName: "instance"))
    var instance: Int?

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let part = instance.map { "/\($0)" } ?? ""
            let done: RestartingFacts =
                try client.post("/processes/\(AdminClient.escaped(process))\(part)/restart").decoded()
            let plural = done.restarting.count == 1 ? "instance" : "instances"
            let numbers = done.restarting.map(String.init).joined(separator: ", ")
            print("\(Shown.text(done.process)): restarting \(plural) \(numbers)")
        }
    }
}

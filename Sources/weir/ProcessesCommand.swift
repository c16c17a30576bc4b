import ArgumentParser

struct ProcessesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "processes",
        abstract: "List the programs and schedules that a running server has beside its apps.",
        discussion: "MEMORY is an instance's with its children. UP is since it was started last, NEXT until it runs."
    )

    @Flag(name: .long, help: "Print the server's own JSON.")
    var json = false

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let answer = try client.get("/processes")
            guard !json else { return print(answer.text, terminator: "") }
            let lines = try answer.decoded(as: SupervisionFacts.self).lines
            print(lines.isEmpty ? "neither processes nor a schedule" : lines.joined(separator: "\n"))
        }
    }
}

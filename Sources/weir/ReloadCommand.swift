import ArgumentParser

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have a running server read its configuration again, and wait for the result.",
        discussion: """
            A configuration with a mistake changes nothing: the mistakes are printed, and the command ends with 1. So it \
            does when the new workers do not become ready; the old ones go on.
            """
    )

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let answer = try client.ask(.post, "/reload", patience: AdminClient.reloadPatience)
            guard let report = try? answer.decoded(as: ReloadFacts.self) else {
                throw AdminFailure.failed(answer.problem)
            }
            Standard.error((report.problems ?? []).map { Shown.text($0) })
            let generation = report.generation.map { " (generation \($0))" } ?? ""
            let message = Shown.text(report.message ?? report.result) + generation
            guard (200..<300).contains(answer.status) else { throw AdminFailure.failed(message) }
            print(message)
        }
    }
}

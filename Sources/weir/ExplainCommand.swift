import ArgumentParser

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show the arithmetic behind every number that a running server chose itself.",
        discussion: "With what it was made from, when it last changed and why; then what does not fit together."
    )

    @Option(name: .long, help: ArgumentHelp("Of this app, and of the server as a whole.", valueName: "name"))
    var app: String?

    @Flag(name: .long, help: "Print the server's own JSON.")
    var json = false

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let answer = try client.get("/explain" + (app.map { "?app=" + AdminClient.escaped($0) } ?? ""))
            guard !json else { return print(answer.text, terminator: "") }
            print(Self.lines(try answer.decoded()).joined(separator: "\n"))
        }
    }

    static func lines(_ report: ExplainFacts) -> [String] {
        var lines = report.numbers.flatMap { number -> [String] in
            var details: [String] = []
            if let formula = number.formula { details.append(formula) }
            let inputs = (number.inputs ?? []).map { "\($0.name) \($0.value)" }.joined(separator: ", ")
            if !inputs.isEmpty { details.append(inputs) }
            details += number.arithmetic ?? []
            let since = number.changedSecondsAgo.map { "changed \(Shown.time($0)) ago" }
            details.append([number.why, since].compactMap { $0 }.joined(separator: "; "))
            return [Shown.text("\(number.name) = \(number.value)")] + details.map { "    " + Shown.text($0) } + [""]
        }
        lines += (report.warnings ?? []).map { warning in
            Shown.text("warning: " + (warning.app.map { "\($0): " } ?? "") + warning.text)
        }
        if lines.last == "" { lines.removeLast() }
        return lines.isEmpty ? ["nothing was chosen automatically"] : lines
    }
}

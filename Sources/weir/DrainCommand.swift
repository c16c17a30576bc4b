import ArgumentParser

struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take a running server out of its load balancer, or put it back.",
        discussion: """
            /ready answers 503, and connections are closed after their next answer. Requests are still served, so that \
            nothing is lost until the load balancer has noticed. It lasts until --off or a restart. With --app the \
            connections of other apps are kept; /ready is one for all of them.
            """
    )

    @Option(name: .long, help: ArgumentHelp("This app only.", valueName: "name"))
    var app: String?

    @Flag(name: .long, help: "Put it back.")
    var off = false

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.run { client in
            let query = [app.map { "app=" + AdminClient.escaped($0) }, off ? "off" : nil].compactMap { $0 }
            let target = "/drain" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
            let state: DrainFacts = try client.post(target).decoded()
            let apps = state.apps.map { Shown.text($0) }.joined(separator: ", ")
            if state.draining {
                print("draining; 'weir drain --off' puts it back")
            } else if !apps.isEmpty {
                print("draining: \(apps)")
            } else {
                print("not draining")
            }
        }
    }
}

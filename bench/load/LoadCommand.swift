import ArgumentParser
import Foundation

@main
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-load",
        abstract:
            "Sends requests at a rate that does not depend on the answers, and prints as JSON what became of them.",
        discussion: """
            With --rate, requests are due at their own times (open loop); one that finds no connection waits, and its \
            latency counts from when it was due. With --workers, as many as that are under way at any time (closed \
            loop). Clients whose patience ends close their connection.

              weir-load http://127.0.0.1:8080 --rate 100 --duration 10s --then 300:20s --then 300-900:1m
              weir-load http://127.0.0.1:8080 --path 98:/ --path 2:/report --rate 200 --duration 30s --patience 5s
              weir-load http://127.0.0.1:8080 --workers 32 --duration 10s --keep-alive
            """
    )

    @Argument(help: "http://ADDRESS:PORT, an IPv4 address.")
    var server: String

    @Option(help: "What is asked for, with a weight: 98:/index.php. May be repeated. (default: /)")
    var path: [String] = []

    @Option(help: "Requests a second, or FROM-TO for a ramp.")
    var rate: String?

    @Option(help: "Requests under way at any time, instead of a rate.")
    var workers: String?

    @Option(help: "Of the first step: 500ms, 20s, 5m.")
    var duration: String

    @Option(help: "A further step, as AMOUNT:DURATION or FROM-TO:DURATION. May be repeated.")
    var then: [String] = []

    @Option(help: "How requests are due: \(Arrivals.Kind.allCases.map(\.rawValue).joined(separator: " or ")).")
    var arrivals = Arrivals.Kind.poisson

    @Option(help: "How long a client waits before it gives up.")
    var patience = "30s"

    @Option(help: "Most connections open at once.")
    var connections = 10_000

    @Flag(help: "Use a connection again after an answer; otherwise each request has one of its own.")
    var keepAlive = false

    @Flag(help: "Never sleep, with a core to itself: to wake a client that sleeps would cost a server beside it.")
    var poll = false

    @Option(help: "A field of every request, as 'Name: value'. May be repeated.")
    var header: [String] = []

    @Option(help: "Where chance begins; the same requests are due at the same times for the same seed.")
    var seed: UInt64 = 1

    func run() throws {
        let (address, authority) = try Self.address(of: server)
        guard let amount = rate ?? workers, (rate == nil) != (workers == nil) else {
            throw ValidationError("either --rate or --workers is needed, and not both")
        }
        guard (1...1_000_000).contains(connections) else { throw ValidationError("--connections takes 1 to 1000000") }
        let phases = try [Phase(amount: amount, duration: duration)] + then.map(Phase.parse)
        let mix = try PathMix((path.isEmpty ? ["/"] : path).map(PathMix.parse), seed: seed)
        guard Set(mix.paths).count == mix.paths.count else { throw ValidationError("a path is named twice") }
        try Self.allowOpenFiles(connections + 64)

        var settings = Generator.Settings(address: address, requests: mix.paths.map { request(for: $0, of: authority) })
        settings.keepsConnections = keepAlive
        settings.connections = connections
        settings.polls = poll
        settings.patience = try parseDuration(patience)
        let generator = Generator(
            settings, source: rate == nil ? .closed(phases) : .open(Arrivals(phases, kind: arrivals, seed: seed)),
            mix: mix, results: Results(phases: phases, paths: mix.paths.count)
        )
        let results = generator.run()
        print(try Report(results, mode: rate == nil ? "closed" : "open", paths: mix.paths, phases: phases).json())
    }

    private func request(for path: String, of authority: String) -> [UInt8] {
        let fields =
            ["Host: \(authority)", "User-Agent: weir-load"] + header + (keepAlive ? [] : ["Connection: close"])
        return Array("GET \(path) HTTP/1.1\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n".utf8)
    }

    private static func address(of server: String) throws -> (sockaddr_in, authority: String) {
        let authority = server.hasPrefix("http://") ? String(server.dropFirst(7)) : server
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        guard parts.count == 2, let port = UInt16(parts[1]),
            inet_pton(AF_INET, parts[0] == "localhost" ? "127.0.0.1" : parts[0], &address.sin_addr) == 1
        else { throw ValidationError("'\(server)' is not http://ADDRESS:PORT with an IPv4 address") }
        address.sin_port = port.bigEndian
        return (address, authority)
    }

    private static func allowOpenFiles(_ count: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < count else { return }
        limit.rlim_cur = rlim_t(count)
        limit.rlim_max = max(limit.rlim_max, limit.rlim_cur)
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw ValidationError("\(count) open files are needed and not allowed (ulimit -Hn); lower --connections")
        }
    }
}

extension Arrivals.Kind: ExpressibleByArgument {}

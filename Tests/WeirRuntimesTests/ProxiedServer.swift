import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirTelemetry
import WeirTestSupport

@testable import WeirRuntimes

/// A server that a test plays, and Weir's edge in front of it: a gateway, and processes that are connections to the
/// server. No process is started.
final class ProxiedServer {
    let server: RawServer
    let log = CapturedLog()
    let processes: [HTTPProcess]
    let gateway: AppGateway
    let outcomes = Outcomes()
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let listener: any Channel
    private let loop: EdgeLoop

    struct Options {
        var timeouts = AppSettings(name: "app", runtime: .http, root: "/").timeouts
        var upstream = UpstreamSettings()
        var retry = Retry.off
        var streams = false
        var trustsClients = false
        var processes = 1
        var places = 8
        /// Of the test's server; nil: TCP.
        var socket: String?
    }

    init(_ change: (inout Options) -> Void = { _ in }) throws {
        var options = Options()
        change(&options)
        server = try RawServer(unix: options.socket)
        var settings = Settings()
        if options.trustsClients { settings.trustedProxies = [AddressRange(bytes: [127, 0, 0, 0], prefix: 8)] }
        var app = AppSettings(name: "app", runtime: .http, root: "/")
        app.timeouts = options.timeouts
        app.upstream = options.upstream
        let logger = log.logger
        let metrics = ServerMetrics(loops: 1)
        let admission = ConnectionAdmission(limit: 1_000, perAddress: nil)
        func shared(_ routing: Routing) -> EdgeShared {
            EdgeShared(
                settings: settings, routing: routing, rotation: Rotation(), accessLog: nil, admission: admission,
                metrics: metrics, errorPages: .none, logger: logger)
        }
        let loop = EdgeLoop(eventLoop: group.next(), index: 0, shared: shared(.empty))
        self.loop = loop
        let gateway = AppGateway(
            lanes: [LanePolicy(name: "default", limit: 100, timeout: .seconds(10))], loops: 1,
            balance: .leastOutstanding(placesPerWorker: options.places, slowStart: .zero),
            encoder: HTTPRequestEncoder(), retry: options.retry, pool: nil, logger: logger, onActions: { _ in })
        self.gateway = gateway
        let address: ListenAddress =
            switch server.address {
            case .port(let port): .tcp(host: "127.0.0.1", port: port)
            case .path(let path): .unix(path: path)
            }
        let outcomes = outcomes
        let upstreamLog = UpstreamLog(logger)
        processes = (0..<options.processes).map { index in
            HTTPProcess(
                id: WorkerID(index), pid: 0, address: address, loops: [loop], app: app,
                events: HTTPProcess.Events(
                    finished: { gateway.finished($1, pid: $0.pid, isServed: $2.isAnswered) },
                    lost: { gateway.lost($1, $2, by: $0.pid, after: $3) },
                    idle: { _ in outcomes.add("idle") },
                    settled: { outcomes.add("\($1)") }),
                log: upstreamLog)
        }
        for process in processes { gateway.add(process) }
        let endpoint = AppEndpoint(
            name: "app", gateway: gateway, kind: .program, files: nil, lanes: ["default"],
            metrics: metrics.app("app", lanes: ["default"]), timeouts: app.timeouts, rotation: Rotation())
        let routing = Routing(
            fileRoots: [], routes: [], fallback: .app(endpoint, lane: 0, streams: options.streams), mainPages: [],
            adminPages: [])
        listener = try ServerBootstrap(group: loop.eventLoop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: loop, endpoints: .routes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        let adopted = shared(routing)
        try loop.eventLoop.submit {
            loop.adopt(adopted)
            loop.start()
        }.wait()
    }

    deinit {
        let loop = loop
        try? listener.close().wait()
        try? loop.eventLoop.submit { loop.closeAll() }.wait()
        try? group.syncShutdownGracefully()
    }

    func client() throws -> RawClient { try RawClient(port: listener.localAddress?.port ?? 0) }
}

/// What became of requests, in order.
final class Outcomes: Sendable {
    private let all = Mutex<[String]>([])

    func add(_ outcome: String) { all.withLock { $0.append(outcome) } }
    var list: [String] { all.withLock { $0 } }
}

/// Log lines as text: the event, and its metadata by name.
final class CapturedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    func lines(of event: String) -> [String] { lines.withLock { $0.filter { $0.hasPrefix(event + " ") } } }
    func has(_ event: String, _ text: String) -> Bool { lines(of: event).contains { $0.contains(text) } }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        init(log: CapturedLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.lines.withLock { $0.append("\(event.message) " + metadata.joined(separator: " ")) }
        }
    }
}

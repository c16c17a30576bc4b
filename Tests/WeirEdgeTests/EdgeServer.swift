import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import WeirConfig
import WeirCore
import WeirEdge
import WeirTelemetry
import WeirTestSupport
import WeirWire

/// One event loop with real connections over loopback. `/plain` leads to the test's own program, `/stream` to the same
/// one with `stream: true`, `/script` to it as if it ran PHP.
final class EdgeServer: Sendable {
    let program: TestProgram
    let metrics = ServerMetrics(loops: 1)
    let loop: EdgeLoop
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let logFile: String

    init(
        _ change: (inout Settings) -> Void = { _ in }, timeouts: AppTimeouts = AppTimeouts(), files: String? = nil,
        program: @escaping TestProgram.Body
    ) throws {
        let gateway = TestProgram(program)
        self.program = gateway
        let metrics = metrics
        var settings = Settings()
        change(&settings)
        var roots: [StaticSettings] = []
        var root = StaticSettings()
        root.root = files ?? "/nowhere"
        roots.append(root)
        let rotation = Rotation()
        func endpoint(_ kind: AppEndpoint.Kind) -> AppEndpoint {
            AppEndpoint(
                name: "web", gateway: gateway, kind: kind,
                files: kind == .scripts || files != nil ? FileRoot(index: 0) : nil,
                entry: kind == .scripts ? "index.php" : nil, lanes: ["default"],
                metrics: metrics.app("web", lanes: ["default"]), timeouts: timeouts, rotation: rotation)
        }
        func route(_ path: String, _ kind: AppEndpoint.Kind, streams: Bool) -> Routing.Route {
            var route = RouteSettings(action: .app("web", lane: nil))
            route.path = path
            return Routing.Route(route, target: .app(endpoint(kind), lane: 0, streams: streams))
        }
        let routing = Routing(
            fileRoots: roots,
            routes: [
                route("/stream*", .program, streams: true), route("/script", .scripts, streams: false),
                route("/*", .program, streams: false),
            ],
            fallback: .nothing, mainPages: [], adminPages: [])
        logFile = NSTemporaryDirectory() + "weir-edge-\(UUID().uuidString).log"
        let writer = try #require(LogWriter(path: logFile))
        let shared = EdgeShared(
            settings: settings, routing: routing, rotation: rotation,
            accessLog: AccessLog(writer: writer, format: .json),
            admission: ConnectionAdmission(limit: 100, perAddress: nil), metrics: metrics, errorPages: .none,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let loop = EdgeLoop(eventLoop: group.next(), index: 0, shared: shared)
        self.loop = loop
        channel = try ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: loop, endpoints: .routes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        try loop.eventLoop.submit { loop.start() }.wait()
    }

    /// Perhaps on the loop itself, which cannot wait for its own end.
    deinit {
        loop.eventLoop.execute { [loop] in loop.closeAll() }
        group.shutdownGracefully { _ in }
        unlink(logFile)
    }

    func connect(receiveBuffer: Int32? = nil) throws -> RawClient {
        let client = try RawClient(port: channel.localAddress?.port ?? 0, receiveBuffer: receiveBuffer, patience: 10)
        client.owner = self
        return client
    }

    func onLoop<Result: Sendable>(_ body: @escaping @Sendable () -> Result) throws -> Result {
        try loop.eventLoop.submit(body).wait()
    }

    /// Lines of the access log, once there are so many.
    func accessLog(_ count: Int) throws -> [String] {
        func lines() -> [String] {
            ((try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }
        #expect(holds(within: 5) { lines().count >= count })
        return lines()
    }
}

/// An application in place of real ones, which every request reaches at once.
final class TestProgram: Gateway {
    typealias Body = @Sendable (Exchange, TestWorker) -> Void

    private let body: Body
    private let all = Mutex<[TestWorker]>([])

    init(_ body: @escaping Body) { self.body = body }

    func submit(_ exchange: Exchange) {
        let worker = TestWorker(exchange)
        all.withLock { $0.append(worker) }
        exchange.source = worker
        body(exchange, worker)
    }

    func abandon(_ exchange: Exchange) { exchange.source?.abort(exchange) }

    /// Who has the request of that number, once it has come.
    func worker(_ number: Int = 0) throws -> TestWorker {
        _ = holds(within: 5) { self.all.withLock { $0.count } > number }
        return try #require(all.withLock { $0.count > number ? $0[number] : nil })
    }

    var count: Int { all.withLock { $0.count } }
}

/// Whoever has a request: notes what it is told, and does what the test tells it.
final class TestWorker: BodySink, TunnelEnd, AnswerSource, @unchecked Sendable {
    struct State {
        var bytes: [UInt8] = []
        var events: [String] = []
        var echoes = false
        /// What of an endless answer has been given.
        var given = 0
    }

    let exchange: Exchange
    let state = Mutex(State())
    /// On the exchange's loop.
    var onResume: ((TestWorker) -> Void)?

    init(_ exchange: Exchange) { self.exchange = exchange }

    func note(_ event: String) { state.withLock { $0.events.append(event) } }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var events: [String] { state.withLock { $0.events } }

    /// Waits for it.
    func has(_ event: String, within seconds: Double = 5) -> Bool {
        holds(within: seconds) { self.events.contains(event) }
    }

    func hasReceived(_ text: String) -> Bool { holds(within: 5) { self.text == text } }

    // MARK: What it is told

    private func take(_ piece: ByteBuffer) {
        state.withLock { $0.bytes += piece.readableBytesView }
    }

    func bodyArrived(_ piece: ByteBuffer) {
        take(piece)
        guard state.withLock({ $0.echoes }) else { return }
        exchange.append(piece)
        exchange.flush()
    }

    func bodyEnded() {
        note("body ended")
        if state.withLock({ $0.echoes }) { exchange.end() }
    }

    func bodyFailed() { note("body failed") }

    func tunnelReceived(_ piece: ByteBuffer) {
        take(piece)
        if state.withLock({ $0.echoes }) { exchange.tunnel?.send(piece) }
    }

    func tunnelEnded() { note("tunnel ended") }
    func tunnelPause() { note("tunnel paused") }
    func tunnelResume() { note("tunnel resumed") }
    func pause() { note("paused") }

    func resume() {
        note("resumed")
        onResume?(self)
    }

    func abort(_ exchange: Exchange) {
        note("abandoned")
        exchange.end()
    }

    var isPaused: Bool { (events.last { $0 == "paused" || $0 == "resumed" }) == "paused" }

    // MARK: What it does

    /// On the exchange's loop.
    func act<Result: Sendable>(_ body: @escaping @Sendable (Exchange) -> Result) throws -> Result {
        try exchange.loop.eventLoop.submit { body(self.exchange) }.wait()
    }

    func takeBody() throws { try act { $0.bodySink = self } }
}

extension Exchange {
    /// `head` is that of a server's answer.
    func start(_ head: String) { parse(head) { startAnswer(from: $0, in: $1) } }

    func interim(_ head: String) { parse(head) { sendInterim(from: $0, in: $1) } }

    func trail(_ lines: String) { parse("HTTP/1.1 200 OK\n\(lines)\n") { trailers($0.fields, in: $1) } }

    func upgrade(_ head: String, to end: any TunnelEnd) -> Bool {
        var isDone = false
        parse(head) { isDone = upgrade(from: $0, in: $1, to: end) }
        return isDone
    }

    func append(_ text: String) { append(ByteBuffer(string: text)) }

    private func parse(_ text: String, _ use: (ResponseHead, UnsafeRawBufferPointer) -> Void) {
        var parser = ResponseHeadParser()
        var head = ResponseHead()
        let bytes = Array(text.replacingOccurrences(of: "\n", with: "\r\n").utf8)
        bytes.withUnsafeBytes { bytes in
            let isComplete = try? parser.parse(bytes, limits: HeadLimits(), method: self.head.method, into: &head)
            if isComplete == true { use(head, bytes) } else { Issue.record("not a head: \(text)") }
        }
    }
}

/// More than the kernel's buffers hold, no part of it like its neighbours.
let largeBytes: [UInt8] = {
    let block = (0..<65_521).map { UInt8(truncatingIfNeeded: $0) }
    return (0..<306).reduce(into: []) { bytes, _ in bytes += block }
}()

extension RawClient {
    /// Everything up to the empty line behind an answer's head.
    func readHead() throws -> String {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head += try read(1) }
        return String(decoding: head, as: UTF8.self)
    }

    /// Sends until nothing is taken for a while; returns how much was.
    func sendWhatIsTaken(_ bytes: [UInt8]) throws -> Int {
        var sent = 0
        var pauses = 0
        while pauses < 15 && sent < bytes.count {
            let count = try sendSome(bytes[sent...])
            sent += count
            pauses = count == 0 ? pauses + 1 : 0
            if count == 0 { usleep(20_000) }
        }
        return sent
    }
}

import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// A process, or an external server, that speaks HTTP/1.1: it has many places, each for one request at a time. Its
/// connections live on the loops of the requests they carry, so that an answer never crosses from one loop to another.
final class HTTPProcess: AppWorker {
    /// What others want to know of it. Called on the loop of the request they are about.
    struct Events: Sendable {
        /// The place can take another request. After an upgrade that is so while its tunnel goes on.
        var finished: @Sendable (HTTPProcess, _ place: WorkerID, RequestOutcome) -> Void
        /// There will be no answer from here. What becomes of the request is for others to say; called before `finished`.
        var lost: @Sendable (HTTPProcess, Exchange, RequestLoss, _ after: Nanoseconds) -> Void
        /// It was retired, and nothing is under way any more, no tunnel either. Once.
        var idle: @Sendable (HTTPProcess) -> Void
        /// What a request says of the process's health.
        var settled: (@Sendable (HTTPProcess, RequestOutcome) -> Void)?
    }

    let id: WorkerID
    let pid: Int32
    let address: ListenAddress
    let timeouts: AppTimeouts
    let events: Events
    private let log: UpstreamLog
    /// By the number of their event loop.
    private let connections: [UpstreamConnections]
    private let load = ProcessLoad()
    private let connectionCount = Mutex(ConnectionCount())
    private let tunnelCount = Atomic<Int>(0)
    private let hasToldRest = Atomic<Bool>(false)

    private struct ConnectionCount {
        /// Of any kind, those that are being made and the idle ones too.
        var open = 0
        var whenClosed: (@Sendable () -> Void)?
    }

    init(
        id: WorkerID, pid: Int32, address: ListenAddress, loops: [EdgeLoop], app: AppSettings, events: Events,
        log: UpstreamLog
    ) {
        self.id = id
        self.pid = pid
        self.address = address
        timeouts = app.timeouts
        self.events = events
        self.log = log
        connections = loops.map { UpstreamConnections(loop: $0, app.upstream) }
    }

    /// Any loop's requests can be given it alike.
    var loopIndex: Int { id.index % connections.count }

    /// Connections that carry another protocol. They hold no place.
    var tunnels: Int { tunnelCount.load(ordering: .relaxed) }

    func start(_ request: QueuedRequest, at place: WorkerID, waited: Nanoseconds) {
        let isGone = load.begin()
        let exchange = request.exchange
        let connections = connections[exchange.loop.index]
        guard !exchange.loop.eventLoop.inEventLoop else {
            return connections.start(exchange, of: self, at: place, waited: waited, isGone: isGone)
        }
        exchange.loop.eventLoop.execute {
            connections.start(exchange, of: self, at: place, waited: waited, isGone: isGone)
        }
    }

    // MARK: Its end

    /// Takes no more, and closes after what is at hand. From any loop.
    func retire() {
        load.retire()
        onEveryLoop { $0.closeIdle() }
        tellIfIdle()
    }

    var isRetired: Bool { load.isRetired }

    /// Fails what is at hand, and closes. From any loop.
    func giveUp() { onEveryLoop { $0.giveUp() } }

    /// Ends the connections that were upgraded. From any loop.
    func closeTunnels() { onEveryLoop { $0.closeTunnels() } }

    /// Calls `body` once no connection is left, which after the process's end is when all it wrote has been read.
    func whenClosed(_ body: @escaping @Sendable () -> Void) {
        onEveryLoop { $0.closeIdle() }
        let isClosed = connectionCount.withLock { count in
            if count.open > 0 { count.whenClosed = body }
            return count.open == 0
        }
        if isClosed { body() }
    }

    private func onEveryLoop(_ body: @escaping @Sendable (UpstreamConnections) -> Void) {
        for place in connections { place.loop.eventLoop.execute { body(place) } }
    }

    // MARK: What its connections tell

    func opened() { connectionCount.withLock { $0.open += 1 } }

    func closed() {
        let whenClosed = connectionCount.withLock { count -> (@Sendable () -> Void)? in
            count.open -= 1
            guard count.open == 0 else { return nil }
            defer { count.whenClosed = nil }
            return count.whenClosed
        }
        whenClosed?()
    }

    /// A request is over, or its tunnel.
    func isDone() {
        if load.end() { tellIfIdle() }
    }

    func tunnelOpened() { tunnelCount.add(1, ordering: .relaxed) }
    func tunnelClosed() { tunnelCount.subtract(1, ordering: .relaxed) }

    private func tellIfIdle() {
        if load.claimIdle() { events.idle(self) }
    }

    // MARK: Its log

    /// It sends more than it says. Every answer may be like that: told once.
    func tellRest(_ count: Int, of exchange: Exchange) {
        guard !hasToldRest.exchange(true, ordering: .relaxed) else { return }
        var metadata = metadata(of: exchange)
        metadata["bytes"] = "\(count)"
        metadata["next"] = "the application's Content-Length is too small, or it sends a body where there is none"
        log.logger.warning("upstream.bytes_after_answer", metadata: metadata)
    }

    /// A request has found it unwell. `facts`: asked for only when the line is written. On the request's loop.
    func tell(_ event: UpstreamLog.Event, of exchange: Exchange, _ facts: () -> Logger.Metadata) {
        log.write(event, on: exchange.loop.eventLoop) {
            var metadata = metadata(of: exchange).merging(facts()) { $1 }
            metadata["path"] = "\(String(decoding: exchange.path.prefix(512), as: UTF8.self))"
            return metadata
        }
    }

    /// Of a log line about a request.
    private func metadata(of exchange: Exchange) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["request": "\(String(decoding: exchange.requestID, as: UTF8.self))"]
        if pid == 0 { metadata["address"] = "\(address.configured)" } else { metadata["pid"] = "\(pid)" }
        return metadata
    }
}

/// What became of a request at its process.
enum RequestOutcome: Sendable, Equatable {
    /// An answer came, whole, or an upgrade.
    case answered(status: UInt16)
    /// No connection was made.
    case notConnected
    /// The connection broke, what came was no answer, or none came in time.
    case failed
    /// The client left first.
    case abandoned

    var isAnswered: Bool { if case .answered = self { true } else { false } }
}

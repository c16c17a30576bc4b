import NIOCore
import WeirCore
import WeirEdge
import WeirWire

/// The server's end of one worker: a persistent stream on one event loop, which carries one request at a time. Touched
/// from its own loop only, but for the calls marked otherwise. When the request belongs to another loop, everything
/// about its exchange travels there.
final class WorkerConnection: ChannelDuplexHandler, Sweepable, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the pool wants to know. Called on the worker's loop.
    struct Events: Sendable {
        /// It has served as many requests as it may.
        var limitReached: @Sendable (WorkerID) -> Void
        /// It has spent more than the app's request timeout on a request.
        var overTime: @Sendable (WorkerID) -> Void
        /// Its connection is closed.
        var closed: @Sendable (WorkerID) -> Void
        /// A line from the application's standard error, or PHP's error log.
        var said: @Sendable (WorkerID, _ text: String, _ request: String) -> Void
    }

    /// The request at hand.
    struct Running {
        let request: QueuedRequest
        let since: Instant
        let isLocal: Bool
        var decoder: FastCGIResponseDecoder
        var hasHead = false
        /// The answer is with the client; the worker is still busy.
        var isAnswered = false
        var bodyOffset = 0
        var unacknowledged = 0
    }

    let id: WorkerID
    let pid: Int32
    let loop: EdgeLoop
    private unowned let gateway: FastCGIGateway
    private let events: Events
    private let requestLimit: Int
    private let requestTimeout: Nanoseconds
    private(set) var requestCount = 0
    /// Serves one request and is closed, as an external server's connection is.
    private let isSingleUse: Bool

    var context: ChannelHandlerContext?
    var running: Running?
    var headParser = CGIResponseHeadParser()
    var head = CGIResponseHead()
    /// A head that has not arrived whole yet.
    var headBytes = ByteBuffer()
    var isPaused = false
    private var isReadHeld = false
    private var isRetiring = false
    private var isOverTime = false

    init(
        id: WorkerID, pid: Int32, loop: EdgeLoop, gateway: FastCGIGateway, events: Events, requestLimit: Int,
        requestTimeout: Nanoseconds, isSingleUse: Bool = false
    ) {
        self.id = id
        self.pid = pid
        self.loop = loop
        self.gateway = gateway
        self.events = events
        self.requestLimit = requestLimit
        self.requestTimeout = requestTimeout
        self.isSingleUse = isSingleUse
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        loop.add(self)
        gateway.add(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
        if let running {
            self.running = nil
            if !running.isAnswered {
                let failure: Exchange.Failure = isOverTime ? .timedOut : .workerLost
                record(running)
                tell(running) { $0.fail(failure) }
            }
        }
        gateway.remove(self)
        events.closed(id)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: Requests

    /// From any loop.
    func start(_ request: QueuedRequest, waited: Nanoseconds) {
        if loop.eventLoop.inEventLoop {
            begin(request, waited: waited)
        } else {
            loop.eventLoop.execute { self.begin(request, waited: waited) }
        }
    }

    private func begin(_ request: QueuedRequest, waited: Nanoseconds) {
        let running = Running(
            request: request, since: EdgeLoop.now, isLocal: request.exchange.loop === loop,
            decoder: FastCGIResponseDecoder(requestID: request.requestID)
        )
        guard let context else {
            // The worker closed while the request was on its way to it.
            return tell(running) { $0.fail(.workerLost) }
        }
        self.running = running
        requestCount += 1
        tell(running) { [pid] exchange in
            exchange.ticket = nil
            exchange.source = self
            exchange.workerPID = pid
            exchange.queueWait = waited
            if exchange.isAbandoned { self.abort(exchange) }
        }
        context.writeAndFlush(wrapOutboundOut(request.encoded), promise: nil)
        sendBody()
    }

    /// The client has left: the worker is told, and what it still says is dropped. From the exchange's loop.
    func abort(_ exchange: Exchange) {
        guard loop.eventLoop.inEventLoop else {
            return loop.eventLoop.execute { self.abort(exchange) }
        }
        guard let running, running.request.exchange === exchange, let context else { return }
        guard !isSingleUse else { return context.close(promise: nil) }
        var record = ByteBuffer()
        record.writeWithUnsafeMutableBytes(minimumWritableBytes: FastCGI.headerByteCount) { memory in
            var writer = ByteWriter(memory)
            FastCGI.writeAbortRequest(requestID: running.request.requestID, to: &writer)
            return writer.count
        }
        context.writeAndFlush(wrapOutboundOut(record), promise: nil)
        resume()
    }

    /// The worker may take another request, unless it has had its share of them.
    func finishRequest() {
        running = nil
        isPaused = false
        guard !isSingleUse, !isRetiring else { return close() }
        if requestLimit > 0 && requestCount == requestLimit { events.limitReached(id) }
        gateway.finished(self)
    }

    /// Closes after the request at hand; the worker process then ends by itself. From any loop.
    func retire() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.retire() } }
        isRetiring = true
        if running == nil { close() }
    }

    func close() { context?.close(promise: nil) }

    func sweep(now: Instant) {
        guard let running, !isOverTime, now - running.since > requestTimeout else { return }
        isOverTime = true
        events.overTime(id)
    }

    func say(_ text: String) {
        guard let running else { return events.said(id, text, "") }
        let (events, id) = (events, id)
        tell(running) { events.said(id, text, String(decoding: $0.requestID, as: UTF8.self)) }
    }

    // MARK: The exchange, wherever it lives

    /// Runs `body` on the exchange's loop: now, when that is this one.
    @inline(__always)
    func tell(_ running: Running, _ body: @escaping @Sendable (Exchange) -> Void) {
        let exchange = running.request.exchange
        if running.isLocal { body(exchange) } else { exchange.loop.eventLoop.execute { body(exchange) } }
    }

    func record(_ running: Running) {
        let spent = EdgeLoop.now - running.since
        tell(running) { $0.workerTime = spent }
    }

    // MARK: Holding back

    func read(context: ChannelHandlerContext) {
        if isPaused { isReadHeld = true } else { context.read() }
    }

    private func releaseRead() {
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }
}

extension WorkerConnection: AnswerSource {
    func pause() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.pause() } }
        isPaused = running != nil
    }

    func resume() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.resume() } }
        isPaused = false
        releaseRead()
    }
}

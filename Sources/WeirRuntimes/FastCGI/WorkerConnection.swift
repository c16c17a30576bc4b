import NIOCore
import WeirCore
import WeirEdge
import WeirWire

/// The server's end of one worker: a persistent stream on one event loop, which carries one request at a time. Touched
/// from its own loop only, but for the calls marked otherwise. When the request belongs to another loop, everything
/// about its exchange travels there.
final class WorkerConnection: ChannelDuplexHandler, FastCGIWorker, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What others want to know of it. Called on the worker's loop.
    struct Events: Sendable {
        var ready: @Sendable (WorkerConnection) -> Void
        /// It can take another request.
        var finished: @Sendable (WorkerConnection) -> Void
        var closed: @Sendable (WorkerConnection) -> Void
        /// A message of PHP's error log, or what was written to standard error; with the request's id.
        var said: @Sendable (WorkerConnection, _ text: String, _ request: String) -> Void
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
    private let events: Events
    /// Ends the connection to abort a request: what an external server understands.
    private let abortsByClosing: Bool

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

    init(id: WorkerID, pid: Int32, loop: EdgeLoop, events: Events, abortsByClosing: Bool) {
        self.id = id
        self.pid = pid
        self.loop = loop
        self.events = events
        self.abortsByClosing = abortsByClosing
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) { events.ready(self) }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if let running {
            self.running = nil
            if !running.isAnswered { fail(running, isOverTime ? .timedOut : .workerLost) }
        }
        events.closed(self)
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
        guard !abortsByClosing else { return context.close(promise: nil) }
        var record = ByteBuffer()
        record.writeWithUnsafeMutableBytes(minimumWritableBytes: FastCGI.headerByteCount) { memory in
            var writer = ByteWriter(memory)
            FastCGI.writeAbortRequest(requestID: running.request.requestID, to: &writer)
            return writer.count
        }
        context.writeAndFlush(wrapOutboundOut(record), promise: nil)
        resume()
    }

    /// The worker is through with its request.
    func finishRequest() {
        running = nil
        isPaused = false
        if isRetiring { close() }
        events.finished(self)
    }

    func retire() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.retire() } }
        isRetiring = true
        if running == nil { close() }
    }

    func giveUp() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.giveUp() } }
        isOverTime = true
        close()
    }

    func fail(_ running: Running, _ failure: Exchange.Failure) {
        record(running)
        tell(running) { $0.fail(failure) }
    }

    func close() { context?.close(promise: nil) }

    /// The worker has something for the log. From any loop.
    func say(_ text: String) {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.say(text) } }
        guard let running else { return events.said(self, text, "") }
        tell(running) { [events] in events.said(self, text, String(decoding: $0.requestID, as: UTF8.self)) }
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

import NIOCore
import Synchronization
import WeirCore
import WeirEdge
import WeirWire

/// The server's end of one worker: a persistent stream on one event loop, which carries one request at a time. Touched
/// from its own loop only, but for the calls marked otherwise. When the request belongs to another loop, everything
/// about its exchange travels there.
final class WorkerConnection: ChannelDuplexHandler, AppWorker, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What others want to know of it. Called on the worker's loop.
    struct Events: Sendable {
        var ready: @Sendable (WorkerConnection) -> Void
        /// It can take another request.
        var finished: @Sendable (WorkerConnection) -> Void
        var closed: @Sendable (WorkerConnection) -> Void
        /// It closed before the answer's end. What becomes of the request is for others to say; called before `closed`.
        var lost: @Sendable (WorkerConnection, Exchange, RequestLoss, _ after: Nanoseconds) -> Void
        /// A message of PHP's error log, or what was written to standard error; with the request's id.
        var said: @Sendable (WorkerConnection, _ text: String, _ request: String) -> Void
        /// A request that made the worker grow by more than `limit`.
        struct Growth: Sendable {
            /// Of every request that made it grow.
            let note: @Sendable (_ path: [UInt8], Bytes) -> Void
            /// Beyond it a request is told of for itself; nil: none is.
            let limit: Bytes?
            let tell: @Sendable (RequestGrowth) -> Void
        }
        var growth: Growth?
        /// One of Weir's own guests says more than FastCGI; nil: it is no guest. With the request it speaks of.
        var reported: (@Sendable (WorkerConnection, GuestReport, RequestNote?) -> Void)?
        /// It is ready when it says so, not when it is connected.
        var awaitsReady = false
    }

    /// How far the request at hand is. Plain values only: it is read at every turn, and references would be counted.
    struct Progress {
        let requestID: UInt16
        let since: Instant
        /// The exchange lives on this worker's loop.
        let isLocal: Bool
        var hasHead = false
        /// The answer is with the client; the worker is still busy.
        var isAnswered = false
        /// The worker is through with it.
        var isFinished = false
        /// Of a body in a file.
        var bodyCount = 0
        var bodyOffset = 0
        /// Answer bytes under way to another loop.
        var crossing = 0
    }

    let id: WorkerID
    let pid: Int32
    let loop: EdgeLoop
    var loopIndex: Int { loop.index }
    let events: Events
    /// Ends the connection to abort a request: what an external server understands.
    private let abortsByClosing: Bool
    /// One of Weir's own.
    let isGuest: Bool

    var context: ChannelHandlerContext?
    var socket = SocketWriter()
    /// The request at hand; nil while idle.
    var exchange: Exchange?
    var progress = Progress(requestID: 0, since: .zero, isLocal: true)
    var decoder: FastCGIResponseDecoder
    var bodyFile: TemporaryFile?
    var headParser = CGIResponseHeadParser()
    var head = CGIResponseHead()
    /// A head that has not arrived whole yet.
    var headBytes = ByteBuffer()
    var note = RequestNote()
    /// What has arrived of a report.
    var report: [UInt8] = []
    var isReady = false
    /// It has said that it takes no other request.
    var leaving: RecycleReason?
    /// Why nothing is read from the worker for now.
    struct Holds: OptionSet {
        let rawValue: UInt8
        /// The reader is slow and the spool full.
        static let reader = Holds(rawValue: 1)
        /// Too much is under way to another loop.
        static let crossing = Holds(rawValue: 2)
    }
    private var holds: Holds = []
    private var isReadHeld = false
    private var isRetiring = false
    /// Set from any loop: the signal that follows may end the connection before this loop has heard of it.
    private let isOverTime = Atomic<Bool>(false)
    private let isTooLarge = Atomic<Bool>(false)

    init(id: WorkerID, pid: Int32, loop: EdgeLoop, events: Events, abortsByClosing: Bool) {
        self.id = id
        self.pid = pid
        self.loop = loop
        self.events = events
        self.abortsByClosing = abortsByClosing
        isGuest = events.reported != nil
        decoder = isGuest ? FastCGIResponseDecoder(ofGuest: ()) : FastCGIResponseDecoder()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        socket.open(context)
        if !events.awaitsReady { becomeReady() }
    }

    func becomeReady() {
        guard !isReady else { return }
        isReady = true
        events.ready(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        socket.close()
        if exchange != nil && !progress.isAnswered {
            if isOverTime.load(ordering: .relaxed) {
                fail(.timedOut)
            } else if isTooLarge.load(ordering: .relaxed) {
                fail(.workerLost)
            } else {
                lose(progress.hasHead ? .answering : .unanswered)
            }
        }
        exchange = nil
        events.closed(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: Requests

    /// From any loop.
    func start(_ request: QueuedRequest, at place: WorkerID, waited: Nanoseconds) {
        if loop.eventLoop.inEventLoop {
            begin(request, waited: waited)
        } else {
            loop.eventLoop.execute { self.begin(request, waited: waited) }
        }
    }

    private func begin(_ request: QueuedRequest, waited: Nanoseconds) {
        exchange = request.exchange
        progress = Progress(
            requestID: request.requestID, since: EdgeLoop.now, isLocal: request.exchange.loop === loop,
            bodyCount: request.fileCount
        )
        guard let context, leaving == nil else {
            lose(leaving == nil ? .unsent : .leaving)
            exchange = nil
            return
        }
        decoder.begin(requestID: request.requestID)
        if isGuest { note.take(request.exchange) }
        if progress.isLocal {
            accept(request.exchange, waited: waited, since: progress.since)
        } else {
            let since = progress.since
            request.exchange.loop.eventLoop.execute { self.accept(request.exchange, waited: waited, since: since) }
        }
        if let rest = socket.write(request.encoded, before: context) {
            context.writeAndFlush(wrapOutboundOut(rest), promise: nil)
        }
        guard request.file != nil else { return }
        bodyFile = request.file
        sendBody()
    }

    /// Tells the exchange who has it. On the exchange's loop.
    private func accept(_ exchange: Exchange, waited: Nanoseconds, since: Instant) {
        exchange.ticket = nil
        exchange.source = self
        exchange.workerPID = pid
        exchange.dispatched = since
        exchange.queueWait = waited
        if exchange.isAbandoned { abort(exchange) }
    }

    /// The client has left: the worker is told, and what it still says is dropped. From the exchange's loop.
    func abort(_ exchange: Exchange) {
        guard loop.eventLoop.inEventLoop else {
            return loop.eventLoop.execute { self.abort(exchange) }
        }
        guard self.exchange === exchange, !progress.isAnswered, let context else { return }
        guard !abortsByClosing else { return context.close(promise: nil) }
        var record = ByteBuffer()
        record.writeWithUnsafeMutableBytes(minimumWritableBytes: FastCGI.headerByteCount) { memory in
            var writer = ByteWriter(memory)
            FastCGI.writeAbortRequest(requestID: progress.requestID, to: &writer)
            return writer.count
        }
        socket.isBehind = true
        context.writeAndFlush(wrapOutboundOut(record), promise: nil)
        release(.reader)
    }

    /// The worker is through with its request.
    func finishRequest() {
        exchange = nil
        progress.isFinished = true
        holds = []
        tellGrowth()
        if isRetiring { close() }
        events.finished(self)
    }

    func retire() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.retire() } }
        isRetiring = true
        if exchange == nil { close() }
    }

    func giveUp() {
        isOverTime.store(true, ordering: .relaxed)
        if loop.eventLoop.inEventLoop { close() } else { loop.eventLoop.execute { self.close() } }
    }

    /// It is about to be killed for the memory it took. Its request fails with it: another worker would fare no better.
    /// From any loop.
    func sayTooLarge() { isTooLarge.store(true, ordering: .relaxed) }

    func fail(_ failure: Exchange.Failure) {
        progress.isAnswered = true
        let spent = EdgeLoop.now - progress.since
        tell { exchange in
            exchange.workerTime = spent
            exchange.fail(failure)
        }
    }

    func lose(_ loss: RequestLoss) {
        guard let exchange else { return }
        progress.isAnswered = true
        bodyFile = nil
        events.lost(self, exchange, loss, EdgeLoop.now - progress.since)
    }

    func close() { context?.close(promise: nil) }

    /// The worker has something for the log. From any loop.
    func say(_ text: String) {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.say(text) } }
        guard exchange != nil, !progress.isAnswered else { return events.said(self, text, "") }
        tell { [events] in events.said(self, text, String(decoding: $0.requestID, as: UTF8.self)) }
    }

    // MARK: The slow log

    /// The FastCGI id of the request at hand, if there is one. From any loop.
    func withToken(_ body: @escaping @Sendable (UInt16) -> Void) {
        loop.eventLoop.execute {
            if self.exchange != nil, !self.progress.isAnswered { body(self.progress.requestID) }
        }
    }

    /// Its id, path and age in seconds, while it is still that request. From any loop.
    func describe(_ token: UInt16, _ body: @escaping @Sendable (String, String, Double) -> Void) {
        loop.eventLoop.execute {
            guard self.exchange != nil, !self.progress.isAnswered, self.progress.requestID == token else { return }
            let seconds = ((EdgeLoop.now - self.progress.since).milliseconds).rounded() / 1_000
            self.tell { exchange in
                body(
                    String(decoding: exchange.requestID, as: UTF8.self),
                    String(decoding: exchange.path.prefix(512), as: UTF8.self), seconds)
            }
        }
    }

    // MARK: The exchange, wherever it lives

    /// Runs `body` on the exchange's loop: now, when that is this one. What every request does asks for
    /// ``Progress/isLocal`` itself: a closure that may travel costs an allocation.
    func tell(_ body: @escaping @Sendable (Exchange) -> Void) {
        guard let exchange else { return }
        if progress.isLocal { body(exchange) } else { exchange.loop.eventLoop.execute { body(exchange) } }
    }

    // MARK: Holding back

    func read(context: ChannelHandlerContext) {
        if holds.isEmpty { context.read() } else { isReadHeld = true }
    }

    func hold(_ hold: Holds) {
        if exchange != nil { holds.insert(hold) }
    }

    func release(_ hold: Holds) {
        holds.remove(hold)
        guard holds.isEmpty, isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }
}

extension WorkerConnection: AnswerSource {
    func pause() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.pause() } }
        hold(.reader)
    }

    func resume() {
        guard loop.eventLoop.inEventLoop else { return loop.eventLoop.execute { self.resume() } }
        release(.reader)
    }
}

import Logging
import NIOCore
import WeirCore
import WeirEdge
import WeirWire

/// One connection to a process that speaks HTTP/1.1, on the loop of the exchange that it carries; one request at a time,
/// and the next when the answer has left it in order. Touched from that loop only.
final class UpstreamConnection: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case connecting
        /// Nothing of a final answer has arrived.
        case asking
        /// Its head has.
        case answering
        /// Another protocol's bytes go both ways.
        case tunnel
        /// Between requests, or closed.
        case idle
    }

    /// How far the request at hand is. Plain values only: it is read at every turn, and references would be counted.
    struct Progress {
        var place = WorkerID(0)
        var since = Instant.zero
        /// The first write found the connection closed: nobody has seen the request.
        var isRefused = false
        /// Bytes of an answer have arrived.
        var hasBytes = false
        /// Of a body in a file.
        var bodyCount = 0
        var bodyOffset = 0
        var isBodySent = false
        /// What is left of the body is not sent.
        var isBodyDropped = false
        /// A streamed body is chunked.
        var isChunked = false
        var isBodyPaused = false
        // Of a tunnel.
        var isInputEnded = false
        var isOutputEnded = false
    }

    let process: HTTPProcess
    private unowned let owner: UpstreamConnections
    /// Its place among the open ones.
    var index = 0

    var context: ChannelHandlerContext?
    var socket = SocketWriter()
    private(set) var phase = Phase.idle
    /// The request at hand; nil while idle.
    private(set) var exchange: Exchange?
    var progress = Progress()
    /// When what is awaited comes too late; of an idle one, when it is closed.
    var deadline = Instant.zero
    var bodyFile: TemporaryFile?
    var headParser = ResponseHeadParser()
    var head = ResponseHead()
    /// A head that has not arrived whole yet.
    var headBytes = ByteBuffer()
    var decoder = ResponseBodyDecoder()
    /// It has carried an answer before.
    private var isReused = false
    /// The other side did not end it, it broke.
    private var isBroken = false
    /// The reader is slow: nothing is read for now.
    private var isHeld = false
    private var isReadHeld = false

    init(_ process: HTTPProcess, _ owner: UpstreamConnections) {
        self.process = process
        self.owner = owner
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return notConnected(ChannelError.ioOnClosedChannel) }
        self.context = context
        socket.open(context)
        // Its request may have been abandoned meanwhile.
        if exchange == nil { owner.keep(self, now: EdgeLoop.now, serverKeeps: nil) } else { send(now: EdgeLoop.now) }
    }

    /// No channel was made, or it was closed before it could be used.
    func notConnected(_ error: any Error) {
        owner.remove(self)
        guard let exchange else { return }
        process.tell(.notConnected, of: exchange) { ["error": "\(ConnectFailure.text(error))"] }
        end(.notConnected) { [process] in process.events.lost(process, $0, .notConnected, $1) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        socket.close()
        if exchange != nil { connectionEnded() }
        owner.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isBroken = true
        context.close(promise: nil)
    }

    func close() { context?.close(promise: nil) }

    // MARK: Requests

    func mayBeUsed(now: Instant) -> Bool { context != nil && now < deadline }

    func begin(_ exchange: Exchange, at place: WorkerID, now: Instant) {
        self.exchange = exchange
        progress = Progress(place: place, since: now)
        exchange.source = self
        phase = .connecting
        deadline = now + process.timeouts.request
        if context != nil { send(now: now) }
    }

    /// Writes the head, and as much of the body as there is and the socket takes.
    private func send(now: Instant) {
        guard let context, let exchange else { return }
        phase = .asking
        deadline = now + process.timeouts.request
        if let rest = socket.write(exchange.encoded, before: context) {
            context.writeAndFlush(wrapOutboundOut(rest), promise: nil)
            guard context.channel.isActive else {
                progress.isRefused = true
                return
            }
        }
        sendBody(of: exchange)
    }

    /// There is a final head: from here on silence counts.
    func answering() { phase = .answering }

    /// Something has happened, so the wait begins anew.
    func stayAwake() {
        deadline = EdgeLoop.now + (phase == .asking ? process.timeouts.request : process.timeouts.idle)
    }

    func sweep(now: Instant) {
        guard now > deadline else { return }
        switch phase {
        case .asking: timeOut("no answer began in time", process.timeouts.request)
        case .answering where !isHeld: timeOut("the answer did not go on", process.timeouts.idle)
        case .idle: close()
        case .connecting, .answering, .tunnel: return
        }
    }

    private func timeOut(_ reason: StaticString, _ limit: Nanoseconds) {
        guard let exchange else { return close() }
        process.tell(.timedOut, of: exchange) { ["reason": "\(reason)", "seconds": "\(limit.seconds)"] }
        fail(.timedOut)
    }

    /// All that is at hand has taken too long.
    func giveUp() {
        guard exchange != nil, phase != .tunnel else { return close() }
        fail(.timedOut)
    }

    // MARK: Ends of a request

    /// The answer is whole. `rest`: bytes that followed it.
    func endAnswer(rest: Int) {
        guard let exchange else { return }
        if rest > 0 { process.tellRest(rest, of: exchange) }
        let isInOrder = head.keepAlive && progress.isBodySent && rest == 0
        let keeps = head.keepAliveSeconds.map { Nanoseconds.seconds(Int($0)) }
        end(.answered(status: head.status), keeping: isInOrder, serverKeeps: keeps) { exchange, _ in exchange.end() }
    }

    func fail(_ failure: Exchange.Failure) { end(.failed) { exchange, _ in exchange.fail(failure) } }

    /// What came is no answer.
    func refuse(_ reason: StaticString) {
        guard let exchange else { return close() }
        process.tell(.malformed, of: exchange) { ["reason": "\(reason)"] }
        fail(.malformed)
    }

    private func connectionEnded() {
        if phase == .tunnel {
            return isBroken ? endTunnel { $0.fail(.workerLost) } : endTunnel { $0.end() }
        }
        if phase == .answering, decoder.mayEndWithConnection, !isBroken { return endAnswer(rest: 0) }
        let loss = loss
        if loss != .unsent { tellEarlyClose() }
        end(.failed) { [process] in process.events.lost(process, $0, loss, $1) }
    }

    /// A server that closes an idle connection may not have seen the request that was on its way: then nothing of it was
    /// read, which a unix socket tells from a process that read it and died, and TCP does not.
    private var loss: RequestLoss {
        guard phase != .answering else { return .answering }
        if progress.isRefused || phase == .connecting { return .unsent }
        guard isReused, !progress.hasBytes, let exchange else { return .unanswered }
        if case .unix = process.address {
            // A body may be left unread by a process that has acted on its head.
            let hasBody = exchange.head.framing != .none && exchange.head.framing != .length(0)
            return isBroken && !hasBody ? .unsent : .unanswered
        }
        return exchange.head.method.isIdempotent ? .keptClosed : .unanswered
    }

    private func tellEarlyClose() {
        guard let exchange else { return }
        let reason: StaticString =
            phase == .answering
            ? "within the answer's body" : progress.hasBytes ? "within the answer's head" : "before the answer"
        process.tell(.closedEarly, of: exchange) { ["reason": "\(reason)"] }
    }

    /// The request is over. Whoever is told may start another one here at once: nothing is to be done afterwards but to
    /// give the place back.
    private func end(
        _ outcome: RequestOutcome, keeping: Bool = false, serverKeeps: Nanoseconds? = nil,
        _ tell: (Exchange, _ spent: Nanoseconds) -> Void
    ) {
        guard let exchange else { return }
        let now = EdgeLoop.now
        let (place, spent) = (progress.place, now - progress.since)
        let isConnecting = phase == .connecting
        letGo()
        exchange.workerTime = spent
        if keeping {
            isReused = true
            owner.keep(self, now: now, serverKeeps: serverKeeps)
        } else if !isConnecting {
            close()
        }
        tell(exchange, spent)
        process.events.settled?(process, outcome)
        process.events.finished(process, place, outcome)
        process.isDone()
    }

    private func letGo() {
        exchange = nil
        phase = .idle
        bodyFile = nil
        headParser.reset()
        if headBytes.readableBytes > 0 { headBytes = ByteBuffer() }
        release()
    }

    // MARK: Tunnels

    /// The place is free, though this goes on.
    func beginTunnel() {
        phase = .tunnel
    }

    func tunnelBegan(_ exchange: Exchange) {
        exchange.workerTime = EdgeLoop.now - progress.since
        process.tunnelOpened()
        process.events.settled?(process, .answered(status: head.status))
        process.events.finished(process, progress.place, .answered(status: head.status))
    }

    private func endTunnel(_ tell: (Exchange) -> Void) {
        guard let exchange else { return }
        letGo()
        close()
        tell(exchange)
        process.tunnelClosed()
        process.isDone()
    }

    // MARK: Holding back

    func read(context: ChannelHandlerContext) {
        if isHeld { isReadHeld = true } else { context.read() }
    }

    func hold() { isHeld = true }

    func release() {
        isHeld = false
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }
}

extension UpstreamConnection: AnswerSource {
    func pause() { hold() }

    func resume() {
        stayAwake()
        release()
    }

    /// The client has left. The connection is closed, so that the application notices; one that is being made is kept.
    func abort(_ exchange: Exchange) {
        guard self.exchange === exchange else { return }
        if phase == .tunnel { endTunnel { $0.end() } } else { end(.abandoned) { exchange, _ in exchange.end() } }
    }
}

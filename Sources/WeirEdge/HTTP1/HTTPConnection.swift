import NIOCore
import WeirCore
import WeirWire

/// One HTTP/1.1 connection: a single handler between the socket and the routes, so that a request costs no allocation
/// and no hop. Its parts: reading (`+Reading`), what a request asks for (`+Requests`), the answer (`+Answers`), and
/// the ends a connection can come to (`+Ending`); on some routes bodies that go through as they arrive (`+Streaming`), and
/// what follows an upgrade (`+Tunnel`).
package final class HTTPConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    enum Phase {
        /// Between requests, or while a head arrives.
        case head
        /// The exchange's body arrives. On a route with `stream: true` its answer may be on its way already.
        case body
        /// The exchange has all it needs; its answer is awaited or on its way.
        case answering
        /// Another protocol's bytes go both ways.
        case tunnel
        /// The last answer is written; what the client still sends is thrown away until it ends.
        case lingering
        case closed
    }

    let loop: EdgeLoop
    let endpoints: ListenerEndpoints
    package internal(set) var peer = Peer.none
    var registryIndex = 0

    var phase = Phase.head
    var parser = RequestHeadParser()
    var chunks = ChunkedDecoder()
    /// The request being read or answered.
    var exchange: Exchange?
    /// Received and not yet consumed; nil while idle, so that an idle connection holds no buffer.
    var input: ByteBuffer?
    var bodyRemaining: UInt64 = 0
    /// Of the body that is being read.
    var bodyReader = BodyReader.nobody
    var requestCount = 0
    var keepsAlive = true
    /// The client has asked for the connection to end after this request, which has no body, and has sent nothing more.
    var clientIsDone = false
    var deadline = Instant.zero
    var bodyStarted = Instant.zero
    /// While a body arrives: when its silence has lasted too long.
    var bodyDeadline = Instant.zero
    var lastBuffered = 0
    /// The file whose bytes the channel is sending, up to `fileEnd`.
    weak var fileOnItsWay: OpenFile?
    var fileEnd = 0
    var isReadHeld = false
    var isProcessing = false
    var isPumping = false
    var needsFlush = false
    /// The channel's own answer, kept here: asking it on every request costs more than it is worth.
    private(set) var isWritable = true
    var context: ChannelHandlerContext?
    var socket = SocketWriter()

    package init(loop: EdgeLoop, endpoints: ListenerEndpoints) {
        self.loop = loop
        self.endpoints = endpoints
    }

    /// Most pipelined bytes that are kept while an answer is on its way.
    static let pipelineLimit = 65_536

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelActive(context: ChannelHandlerContext) {
        peer = Peer(channel: context.channel)
        guard loop.shared.admission.enter(address: peer.admissionKey) else {
            peer = .none
            phase = .closed
            loop.metrics.connectionRefused()
            return refuse()
        }
        loop.metrics.connectionAccepted()
        loop.add(self)
        deadline = EdgeLoop.now + loop.shared.timeouts.header
    }

    package func channelInactive(context: ChannelHandlerContext) {
        socket.close()
        guard phase != .closed || !peer.address.isEmpty else { return }
        phase = .closed
        loop.shared.admission.leave(address: peer.admissionKey)
        loop.remove(self)
        clientLeft()
        self.context = nil
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a broken pipe: the client has left, and channelInactive follows.
        context.close(promise: nil)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard isWritable else { return }
        if phase == .tunnel { return pumpTunnel() }
        pumpSpool()
        resumeProcessing()
    }

    package func read(context: ChannelHandlerContext) {
        let isWaiting = phase == .answering || !isWritable
        if let input, isWaiting, input.readableBytes >= Self.pipelineLimit {
            isReadHeld = true
        } else if holdsBody || holdsTunnel {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func releaseHeldRead() {
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    func flushIfNeeded() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }
}

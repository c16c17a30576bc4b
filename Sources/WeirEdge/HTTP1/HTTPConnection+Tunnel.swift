import NIOCore
import WeirCore

/// The connection after an upgrade: bytes both ways, until both sides have ended or one of them breaks.
extension HTTPConnection {
    /// Sends the answer that opens it, and what the client has sent since its request.
    func open(_ tunnel: Tunnel, for exchange: Exchange) {
        phase = .tunnel
        keepsAlive = false
        // A client that sends nothing more may still receive.
        try? context?.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try? context?.channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
        loop.metrics.tunnelOpened()
        keepOpen(tunnel)
        write(exchange.answer.out)
        flushIfNeeded()
        exchange.answer.out.clear()
        guard phase == .tunnel, let early = input else { return }
        input = nil
        tunnel.end.tunnelReceived(early)
        releaseHeldRead()
    }

    private var tunnel: Tunnel? { phase == .tunnel ? exchange?.tunnel : nil }

    private func keepOpen(_ tunnel: Tunnel) { deadline = EdgeLoop.now + tunnel.idle }

    // MARK: From the client

    func receive(_ piece: ByteBuffer) {
        guard let tunnel else { return }
        keepOpen(tunnel)
        tunnel.end.tunnelReceived(piece)
    }

    /// The application is slower than its client.
    var holdsTunnel: Bool { tunnel?.isPaused ?? false }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return }
        if phase == .lingering && bufferedBytes == 0 { return abort() }
        guard let tunnel, !tunnel.isInputEnded else { return }
        tunnel.isInputEnded = true
        keepOpen(tunnel)
        tunnel.end.tunnelEnded()
        closeIfThrough()
    }

    // MARK: To the client

    func send(_ piece: ByteBuffer, through tunnel: Tunnel) {
        guard self.tunnel === tunnel, !tunnel.isOutputEnded, piece.readableBytes > 0 else { return }
        keepOpen(tunnel)
        exchange?.answer.bodyBytes += piece.readableBytes
        write(piece)
        flushIfNeeded()
        guard !isWritable, self.tunnel === tunnel, !tunnel.isEndPaused else { return }
        tunnel.isEndPaused = true
        tunnel.end.tunnelPause()
    }

    /// The client has taken some.
    func pumpTunnel() {
        guard let tunnel else { return }
        keepOpen(tunnel)
        guard tunnel.isEndPaused else { return }
        tunnel.isEndPaused = false
        tunnel.end.tunnelResume()
    }

    func finishOutput(of tunnel: Tunnel) {
        guard let context, self.tunnel === tunnel, !tunnel.isOutputEnded else { return }
        tunnel.isOutputEnded = true
        keepOpen(tunnel)
        let written = context.eventLoop.makePromise(of: Void.self)
        let loopBound = NIOLoopBound((self, tunnel), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (connection, tunnel) = loopBound.value
            guard connection.tunnel === tunnel else { return }
            connection.context?.close(mode: .output, promise: nil)
            connection.closeIfThrough()
        }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: written)
    }

    // MARK: The end

    /// Neither side sends anything more.
    private func closeIfThrough() {
        guard let tunnel, tunnel.isInputEnded, tunnel.isOutputEnded, bufferedBytes == 0 else { return }
        abort()
    }

    /// The application has ended it.
    func closeTunnel(of exchange: Exchange) {
        let isInputEnded = exchange.tunnel?.isInputEnded ?? false
        leaveTunnel(exchange)
        loop.recycle(exchange)
        self.exchange = nil
        clientIsDone = isInputEnded
        endConnection()
    }

    func isTunnel(to gateway: any Gateway) -> Bool { tunnel != nil && exchange?.app?.gateway === gateway }

    /// However it ends: the one line about it.
    func leaveTunnel(_ exchange: Exchange) {
        loop.metrics.tunnelClosed()
        loop.record(exchange, peer: peer, at: endpoints)
    }

    func sweepTunnel(_ now: Instant) {
        if now > deadline { abort() }
    }
}

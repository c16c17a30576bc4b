import NIOCore
import WeirEdge
import WeirWire

/// After an upgrade: bytes both ways, until both sides have ended or one of them breaks.
extension UpstreamConnection {
    /// Passes a 101 on, if it was asked for.
    func upgrade(_ exchange: Exchange, in bytes: UnsafeRawBufferPointer) throws(ResponseError) {
        // A server that sends nothing more may still receive.
        try? context?.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        // Many tunnels are quiet for long: they need no large buffer in between.
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 4_096, maximum: 65_536)
        try? context?.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
        beginTunnel()
        guard exchange.upgrade(from: head, in: bytes, to: self) else {
            throw ResponseError("101 to a request that did not ask for it")
        }
        tunnelBegan(exchange)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event, phase == .tunnel else { return }
        progress.isInputEnded = true
        exchange?.tunnel?.finish()
        if progress.isOutputEnded { close() }
    }
}

extension UpstreamConnection: TunnelEnd {
    func tunnelReceived(_ piece: ByteBuffer) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        if !context.channel.isWritable { exchange?.tunnel?.pause() }
    }

    func tunnelEnded() {
        guard let context, !progress.isOutputEnded else { return }
        progress.isOutputEnded = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in
            guard self.phase == .tunnel else { return }
            if self.progress.isInputEnded { self.close() } else { self.context?.close(mode: .output, promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    func tunnelPause() { hold() }
    func tunnelResume() { release() }
}

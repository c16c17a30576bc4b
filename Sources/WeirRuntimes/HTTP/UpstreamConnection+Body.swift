import NIOCore
import WeirEdge
import WeirWire

/// The request's body: sent with the head, from a file as the socket takes it, or as the client sends it.
extension UpstreamConnection {
    private static let bodyPiece = 65_536

    /// What does not go with the head.
    func sendBody(of exchange: Exchange) {
        if exchange.isStreaming {
            progress.isChunked = exchange.head.framing == .chunked
            exchange.bodySink = self
        } else if let file = exchange.body.file {
            bodyFile = file
            progress.bodyCount = exchange.body.count
            sendFile()
        } else {
            progress.isBodySent = true
        }
    }

    /// Nobody reads the rest. The connection cannot be used again.
    func dropBody() {
        guard !progress.isBodySent else { return }
        progress.isBodyDropped = true
        bodyFile = nil
        resumeBody()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        switch phase {
        case .tunnel: exchange?.tunnel?.resume()
        case .asking, .answering:
            sendFile()
            resumeBody()
        case .idle, .connecting: return
        }
    }

    /// Sends as much of a spooled body as the socket takes.
    private func sendFile() {
        guard let context, let file = bodyFile else { return }
        socket.isBehind = true
        while context.channel.isWritable, progress.bodyOffset < progress.bodyCount {
            let count = min(Self.bodyPiece, progress.bodyCount - progress.bodyOffset)
            var piece = context.channel.allocator.buffer(capacity: count)
            guard file.read(count, at: progress.bodyOffset, into: &piece) else { return close() }
            progress.bodyOffset += count
            context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        }
        if phase == .asking { stayAwake() }
        guard progress.bodyOffset == progress.bodyCount else { return }
        bodyFile = nil
        progress.isBodySent = true
    }

    private func resumeBody() {
        guard progress.isBodyPaused else { return }
        progress.isBodyPaused = false
        exchange?.resumeBody()
    }
}

extension UpstreamConnection: BodySink {
    func bodyArrived(_ piece: ByteBuffer) {
        guard let context, !progress.isBodyDropped else { return }
        if phase == .asking { stayAwake() }
        socket.isBehind = true
        if progress.isChunked { writeSizeLine(piece.readableBytes, context) }
        context.write(wrapOutboundOut(piece), promise: nil)
        if progress.isChunked { context.write(wrapOutboundOut(ByteBuffer(staticString: "\r\n")), promise: nil) }
        context.flush()
        guard !context.channel.isWritable else { return }
        progress.isBodyPaused = true
        exchange?.pauseBody()
    }

    private func writeSizeLine(_ count: Int, _ context: ChannelHandlerContext) {
        var line = context.channel.allocator.buffer(capacity: ChunkedEncoding.overhead)
        line.writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkedEncoding.overhead) { memory in
            var writer = ByteWriter(memory)
            ChunkedEncoding.writeSizeLine(count, to: &writer)
            return writer.count
        }
        context.write(wrapOutboundOut(line), promise: nil)
    }

    func bodyEnded() {
        guard let context, !progress.isBodyDropped else { return }
        progress.isBodySent = true
        if phase == .asking { stayAwake() }
        guard progress.isChunked else { return }
        socket.isBehind = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: ChunkedEncoding.end)), promise: nil)
    }

    /// ``abort(_:)`` follows: an end that the application could take for the body's is not sent.
    func bodyFailed() {}
}

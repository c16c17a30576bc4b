import NIOCore
import WeirCore
import WeirEdge
import WeirWire

/// The worker's answer: records taken apart as they arrive, and passed on without being copied.
extension WorkerConnection {
    /// Bytes of an answer that may be under way to another loop before this one waits.
    private static let crossingLimit = 1 << 20
    private static let headLimits = HeadLimits(requestLine: 0, headerBytes: 65_536, headerCount: 200)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        var offset = 0
        while let event = nextEvent(in: buffer, at: &offset) {
            switch event {
            case .needMore: return
            case .stdout(let range): take(buffer, range)
            case .stderr(let range):
                guard let text = buffer.getString(at: buffer.readerIndex + range.lowerBound, length: range.count) else {
                    continue
                }
                say(text)
            case .stdoutEnd: endAnswer()
            case .end(_, let status):
                endAnswer()
                if isGuest, status == FastCGI.ProtocolStatus.workerLeaves { leaving = .fatal }
                // A body that the script did not read still has to go out, or the worker takes it for the next request.
                guard progress.bodyOffset >= progress.bodyCount else { continue }
                finishRequest()
            case .report(let range): takeReport(buffer, range)
            case .reportEnd(let kind, let isOfRequest): endReport(kind, isOfRequest: isOfRequest)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let exchange, progress.hasHead, !progress.isAnswered else { return }
        if progress.isLocal { exchange.flush() } else { tell { $0.flush() } }
    }

    private func nextEvent(in buffer: ByteBuffer, at offset: inout Int) -> FastCGIEvent? {
        guard exchange != nil || isGuest else {
            // Nothing was asked: the stream cannot be trusted any further.
            if buffer.readableBytes > 0 { close() }
            return nil
        }
        let event = buffer.withUnsafeReadableBytes { bytes in try? decoder.next(bytes, at: &offset) }
        if event == nil { breakOff() }
        return event
    }

    /// The worker speaks nonsense: its request fails, and so does the connection.
    private func breakOff() {
        if exchange != nil && !progress.isAnswered { fail(.malformed) }
        close()
    }

    private func take(_ buffer: ByteBuffer, _ range: Range<Int>) {
        guard let exchange, !progress.isAnswered else { return }
        var slice = buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
        if !progress.hasHead {
            guard let rest = takeHead(slice) else { return }
            slice = rest
        }
        guard slice.readableBytes > 0 else { return }
        if progress.isLocal { exchange.append(slice) } else { cross(slice) }
    }

    /// What of `slice` is body; nil while the head is not complete, or when it is malformed.
    private func takeHead(_ slice: ByteBuffer) -> ByteBuffer? {
        guard let exchange else { return nil }
        var bytes = slice
        if headBytes.readableBytes > 0 {
            headBytes.writeImmutableBuffer(slice)
            bytes = headBytes
        }
        let result = bytes.withUnsafeReadableBytes { bytes -> Result<Bool, CGIResponseError> in
            do throws(CGIResponseError) {
                let isComplete = try headParser.parse(bytes, limits: Self.headLimits, into: &head)
                if isComplete && progress.isLocal { exchange.startAnswer(from: head, in: bytes) }
                return .success(isComplete)
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(false):
            if headBytes.readableBytes == 0 { headBytes = slice }
            return nil
        case .success(true):
            progress.hasHead = true
            if !progress.isLocal {
                tell { [head, bytes] exchange in
                    bytes.withUnsafeReadableBytes { exchange.startAnswer(from: head, in: $0) }
                }
            }
            bytes.moveReaderIndex(forwardBy: head.byteCount)
            headBytes = ByteBuffer()
            return bytes
        case .failure:
            breakOff()
            return nil
        }
    }

    /// Hands body bytes to another loop, and waits for it when it falls behind.
    private func cross(_ slice: ByteBuffer) {
        let count = slice.readableBytes
        let requestID = progress.requestID
        progress.crossing += count
        if progress.crossing > Self.crossingLimit { hold(.crossing) }
        tell { exchange in
            exchange.append(slice)
            self.loop.eventLoop.execute { self.arrived(count, requestID: requestID) }
        }
    }

    private func arrived(_ count: Int, requestID: UInt16) {
        guard progress.requestID == requestID else { return }
        progress.crossing -= count
        if progress.crossing < Self.crossingLimit / 2 { release(.crossing) }
    }

    private func endAnswer() {
        guard let exchange, !progress.isAnswered else { return }
        headParser.reset()
        if headBytes.readableBytes > 0 { headBytes = ByteBuffer() }
        guard progress.hasHead else { return fail(.malformed) }
        progress.isAnswered = true
        let spent = EdgeLoop.now - progress.since
        if progress.isLocal {
            exchange.workerTime = spent
            exchange.end()
        } else {
            tell { exchange in
                exchange.workerTime = spent
                exchange.end()
            }
        }
    }

    // MARK: A body from a file

    private static let bodyPiece = 65_528

    func channelWritabilityChanged(context: ChannelHandlerContext) { sendBody() }

    /// Sends as much of a spooled body as the socket takes.
    func sendBody() {
        guard let context, let file = bodyFile else { return }
        socket.isBehind = true
        while context.channel.isWritable, progress.bodyOffset < progress.bodyCount {
            let count = min(Self.bodyPiece, progress.bodyCount - progress.bodyOffset)
            var piece = context.channel.allocator.buffer(capacity: count + 16)
            writeStdinHeader(count, to: &piece)
            guard file.read(count, at: progress.bodyOffset, into: &piece) else { return close() }
            progress.bodyOffset += count
            if progress.bodyOffset == progress.bodyCount { writeStdinHeader(0, to: &piece) }
            context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        }
        guard progress.bodyOffset == progress.bodyCount else { return }
        bodyFile = nil
        // The worker may have been through before all of the body was on its way.
        if exchange != nil && decoder.hasEnded { finishRequest() }
    }

    private func writeStdinHeader(_ count: Int, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: FastCGI.headerByteCount) { memory in
            var writer = ByteWriter(memory)
            FastCGI.writeHeader(.stdin, requestID: progress.requestID, contentByteCount: count, to: &writer)
            return writer.count
        }
    }
}

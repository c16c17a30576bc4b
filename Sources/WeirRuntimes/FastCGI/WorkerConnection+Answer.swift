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
            case .end:
                endAnswer()
                // A body that the script did not read still has to go out, or the worker takes it for the next request.
                guard let running, running.bodyOffset >= running.request.fileCount else { continue }
                return finishRequest()
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let running, running.hasHead, !running.isAnswered else { return }
        if running.isLocal {
            _ = running.request.exchange.flush()
        } else {
            tell(running) { $0.flush() }
        }
    }

    private func nextEvent(in buffer: ByteBuffer, at offset: inout Int) -> FastCGIEvent? {
        guard running != nil else {
            // Nothing was asked: the stream cannot be trusted any further.
            if buffer.readableBytes > 0 { close() }
            return nil
        }
        let event = buffer.withUnsafeReadableBytes { bytes in try? running?.decoder.next(bytes, at: &offset) }
        if event == nil { breakOff() }
        return event
    }

    /// The worker speaks nonsense: its request fails, and so does the connection.
    private func breakOff() {
        if let running, !running.isAnswered {
            self.running?.isAnswered = true
            fail(running, .malformed)
        }
        close()
    }

    private func take(_ buffer: ByteBuffer, _ range: Range<Int>) {
        guard let running, !running.isAnswered else { return }
        var slice = buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
        if !running.hasHead {
            guard let rest = takeHead(slice) else { return }
            slice = rest
        }
        guard slice.readableBytes > 0 else { return }
        if running.isLocal {
            running.request.exchange.append(slice)
        } else {
            cross(slice, running)
        }
    }

    /// What of `slice` is body; nil while the head is not complete, or when it is malformed.
    private func takeHead(_ slice: ByteBuffer) -> ByteBuffer? {
        guard let running else { return nil }
        var bytes = slice
        if headBytes.readableBytes > 0 {
            headBytes.writeImmutableBuffer(slice)
            bytes = headBytes
        }
        let result = bytes.withUnsafeReadableBytes { bytes -> Result<Bool, CGIResponseError> in
            do throws(CGIResponseError) {
                let isComplete = try headParser.parse(bytes, limits: Self.headLimits, into: &head)
                if isComplete && running.isLocal { running.request.exchange.startAnswer(from: head, in: bytes) }
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
            self.running?.hasHead = true
            if !running.isLocal {
                let (head, bytes) = (head, bytes)
                tell(running) { exchange in
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
    private func cross(_ slice: ByteBuffer, _ running: Running) {
        let count = slice.readableBytes
        let requestID = running.request.requestID
        self.running?.unacknowledged += count
        if (self.running?.unacknowledged ?? 0) > Self.crossingLimit { isPaused = true }
        tell(running) { exchange in
            exchange.append(slice)
            self.loop.eventLoop.execute { self.acknowledge(count, requestID: requestID) }
        }
    }

    private func acknowledge(_ count: Int, requestID: UInt16) {
        guard running?.request.requestID == requestID else { return }
        running?.unacknowledged -= count
        if isPaused && (running?.unacknowledged ?? 0) < Self.crossingLimit / 2 { resume() }
    }

    private func endAnswer() {
        guard let running, !running.isAnswered else { return }
        self.running?.isAnswered = true
        headParser.reset()
        headBytes = ByteBuffer()
        record(running)
        guard running.hasHead else { return tell(running) { $0.fail(.malformed) } }
        if running.isLocal { running.request.exchange.end() } else { tell(running) { $0.end() } }
    }

    // MARK: A body from a file

    private static let bodyPiece = 65_528

    func channelWritabilityChanged(context: ChannelHandlerContext) { sendBody() }

    /// Sends as much of a spooled body as the socket takes.
    func sendBody() {
        guard let context, let running, let file = running.request.file else { return }
        let total = running.request.fileCount
        while context.channel.isWritable, let offset = self.running?.bodyOffset, offset < total {
            let count = min(Self.bodyPiece, total - offset)
            let isLast = offset + count == total
            var piece = context.channel.allocator.buffer(capacity: count + 16)
            writeStdinHeader(count, running.request.requestID, to: &piece)
            guard file.read(count, at: offset, into: &piece) else { return close() }
            if isLast { writeStdinHeader(0, running.request.requestID, to: &piece) }
            self.running?.bodyOffset = offset + count
            context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        }
        if let running = self.running, running.isAnswered, running.decoder.hasEnded, running.bodyOffset >= total {
            finishRequest()
        }
    }

    private func writeStdinHeader(_ count: Int, _ requestID: UInt16, to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: FastCGI.headerByteCount) { memory in
            var writer = ByteWriter(memory)
            FastCGI.writeHeader(.stdin, requestID: requestID, contentByteCount: count, to: &writer)
            return writer.count
        }
    }
}

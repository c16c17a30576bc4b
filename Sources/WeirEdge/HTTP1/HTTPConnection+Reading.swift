import NIOCore
import WeirCore
import WeirWire

/// From bytes to complete requests.
extension HTTPConnection {
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var arrived = unwrapInboundIn(data)
        loop.metrics.received(arrived.readableBytes)
        switch phase {
        case .lingering, .closed: return
        case .answering: return keep(&arrived)
        case .tunnel: return receive(arrived)
        case .head, .body:
            if input != nil {
                keep(&arrived)
                process()
            } else {
                process(&arrived)
            }
        }
    }

    private func keep(_ arrived: inout ByteBuffer) {
        if input == nil { input = arrived } else { input?.writeBuffer(&arrived) }
    }

    /// Goes on with what was received earlier, after an answer has made room for the next request.
    func resumeProcessing() {
        guard phase == .head, input != nil, !isProcessing else { return }
        process()
        releaseHeldRead()
    }

    private func process() {
        guard var buffer = input else { return }
        input = nil
        process(&buffer)
    }

    private func process(_ buffer: inout ByteBuffer) {
        isProcessing = true
        loop: while buffer.readableBytes > 0 {
            switch phase {
            case .head:
                // An unread answer ahead: its reader takes no more work before it has taken that.
                guard isWritable, readHead(&buffer) else { break loop }
            case .body:
                guard readBody(&buffer) else { break loop }
            case .answering, .tunnel, .lingering, .closed: break loop
            }
        }
        isProcessing = false
        // Behind an upgrade, which its application took at once.
        if phase == .tunnel && buffer.readableBytes > 0 { return receive(buffer) }
        if buffer.readableBytes > 0 && phase != .closed && phase != .lingering { input = buffer }
    }

    /// True when a whole head was taken.
    private func readHead(_ buffer: inout ByteBuffer) -> Bool {
        let exchange: Exchange
        if let current = self.exchange {
            exchange = current
        } else {
            exchange = loop.takeExchange(for: self)
            self.exchange = exchange
            exchange.arrival = EdgeLoop.now
            deadline = exchange.arrival + loop.shared.timeouts.header
        }
        let result = buffer.withUnsafeReadableBytes { bytes -> Result<Bool, RequestError> in
            do throws(RequestError) {
                guard try parser.parse(bytes, limits: loop.shared.headLimits, into: &exchange.head) else {
                    return .success(false)
                }
                exchange.headBytes.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<exchange.head.byteCount]))
                return .success(true)
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(false): return false
        case .success(true):
            buffer.moveReaderIndex(forwardBy: exchange.head.byteCount)
            parser.reset()
            begin(exchange, hasMore: buffer.readableBytes > 0)
            return true
        case .failure(let error):
            // Its ranges point into bytes that are not kept.
            exchange.head.reset()
            refuse(exchange, status: error.status, reason: error.reason)
            return false
        }
    }

    /// True when the body is complete.
    private func readBody(_ buffer: inout ByteBuffer) -> Bool {
        guard let exchange else { return false }
        switch exchange.head.framing {
        case .none: return true
        case .length:
            let count = Int(min(bodyRemaining, UInt64(buffer.readableBytes)))
            bodyRemaining -= UInt64(count)
            let piece = buffer.readSlice(length: count) ?? ByteBuffer()
            guard take(piece), bodyRemaining == 0 else { return false }
        case .chunked:
            guard readChunks(&buffer) else { return false }
        }
        if bodyReader == .stream { finishStream(of: exchange) } else { finishRequest(exchange) }
        return true
    }

    private func readChunks(_ buffer: inout ByteBuffer) -> Bool {
        var offset = 0
        var isComplete = false
        let failure = buffer.withUnsafeReadableBytes { bytes -> RequestError? in
            do throws(RequestError) {
                while true {
                    switch try chunks.next(bytes, at: &offset) {
                    case .needMore: return nil
                    case .data(let range):
                        let start = buffer.readerIndex + range.lowerBound
                        guard let piece = buffer.getSlice(at: start, length: range.count), take(piece) else {
                            return nil
                        }
                    case .end:
                        isComplete = true
                        return nil
                    }
                }
            } catch {
                return error
            }
        }
        buffer.moveReaderIndex(forwardBy: offset)
        if let failure, let exchange { refuseBody(of: exchange, status: failure.status, reason: failure.reason) }
        return isComplete
    }

    /// Bytes that the request's body may have.
    var bodyLimit: Int {
        bodyReader == .page ? OperatorRequest.bodyLimit : loop.shared.limits.body.count
    }

    func refuseLargeBody(of exchange: Exchange) {
        refuseBody(
            of: exchange, status: 413,
            reason: bodyReader == .page ? "the body is larger than 64 KiB" : "the body is larger than limits.body")
    }

    /// Adds to the exchange's body; false when the request was refused because of it.
    private func take(_ piece: ByteBuffer) -> Bool {
        guard let exchange else { return false }
        let limits = loop.shared.limits
        bodyDeadline = EdgeLoop.now + loop.shared.timeouts.body
        guard exchange.body.count + piece.readableBytes <= bodyLimit else {
            refuseLargeBody(of: exchange)
            return false
        }
        if bodyReader == .stream || bodyReader == .nobody { exchange.body.skip(piece.readableBytes) }
        switch bodyReader {
        case .stream: return pass(piece, of: exchange)
        case .nobody: return true
        case .app: return store(piece, of: exchange, memoryLimit: limits.bodyMemory.count)
        case .page: return store(piece, of: exchange, memoryLimit: bodyLimit)
        }
    }

    private func store(_ piece: ByteBuffer, of exchange: Exchange, memoryLimit: Int) -> Bool {
        do throws(TemporaryFile.WriteError) {
            try piece.withUnsafeReadableBytesTyped { bytes throws(TemporaryFile.WriteError) in
                try exchange.body.append(bytes, memoryLimit: memoryLimit, directory: loop.shared.temporaryDirectory)
            }
            return true
        } catch {
            loop.shared.logger.error(
                "body.not_stored",
                metadata: [
                    "directory": "\(loop.shared.temporaryDirectory)", "errno": "\(error.errno)",
                    "request": "\(String(decoding: exchange.requestID, as: UTF8.self))",
                ]
            )
            refuse(exchange, status: error.isOutOfSpace ? 507 : 500, reason: "the body could not be stored")
            return false
        }
    }
}

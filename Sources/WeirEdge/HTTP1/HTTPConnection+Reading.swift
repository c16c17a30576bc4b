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
            case .answering, .lingering, .closed: break loop
            }
        }
        isProcessing = false
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
            let isTaken = buffer.withUnsafeReadableBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            guard isTaken else { return false }
            buffer.moveReaderIndex(forwardBy: count)
            bodyRemaining -= UInt64(count)
            guard bodyRemaining == 0 else { return false }
        case .chunked:
            guard readChunks(&buffer) else { return false }
        }
        finishRequest(exchange)
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
                        guard take(UnsafeRawBufferPointer(rebasing: bytes[range])) else { return nil }
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
        if let failure, let exchange { refuse(exchange, status: failure.status, reason: failure.reason) }
        return isComplete
    }

    /// Bytes that the request's body may have.
    var bodyLimit: Int {
        bodyReader == .page ? OperatorRequest.bodyLimit : loop.shared.limits.body.count
    }

    func refuseBody(of exchange: Exchange) {
        refuse(
            exchange, status: 413,
            reason: bodyReader == .page ? "the body is larger than 64 KiB" : "the body is larger than limits.body")
    }

    /// Adds to the exchange's body; false when the request was refused because of it.
    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let exchange else { return false }
        let limits = loop.shared.limits
        deadline = EdgeLoop.now + loop.shared.timeouts.body
        guard exchange.body.count + bytes.count <= bodyLimit else {
            refuseBody(of: exchange)
            return false
        }
        guard bodyReader != .nobody else {
            exchange.body.skip(bytes.count)
            return true
        }
        do throws(TemporaryFile.WriteError) {
            try exchange.body.append(
                bytes, memoryLimit: bodyReader == .page ? bodyLimit : limits.bodyMemory.count,
                directory: loop.shared.temporaryDirectory
            )
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

import NIOCore
import WeirEdge
import WeirWire

/// The answer: read as it arrives, and passed on without being copied.
extension UpstreamConnection {
    private static let headLimits = HeadLimits(requestLine: 8_192, headerBytes: 65_536, headerCount: 200)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        switch phase {
        case .asking: takeHeads(buffer)
        case .answering: takeBody(buffer)
        case .tunnel: exchange?.tunnel?.send(buffer)
        // Nothing was asked: the connection cannot be trusted any further.
        case .idle, .connecting: close()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard phase == .answering else { return }
        stayAwake()
        exchange?.flush()
    }

    /// Reads heads until the final one.
    private func takeHeads(_ arrived: ByteBuffer) {
        progress.hasBytes = true
        var bytes = arrived
        if headBytes.readableBytes > 0 {
            headBytes.writeImmutableBuffer(arrived)
            bytes = headBytes
        }
        while phase == .asking {
            switch parseHead(in: bytes) {
            case .success(true):
                bytes.moveReaderIndex(forwardBy: head.byteCount)
                headBytes = ByteBuffer()
            case .success(false):
                if bytes.readableBytes != headBytes.readableBytes { headBytes = bytes }
                return
            case .failure(let error): return refuse(error.reason)
            }
        }
        switch phase {
        case .answering: takeBody(bytes)
        case .tunnel: if bytes.readableBytes > 0 { exchange?.tunnel?.send(bytes) }
        default: return
        }
    }

    /// Passes on what a head says; true: there was one.
    private func parseHead(in buffer: ByteBuffer) -> Result<Bool, ResponseError> {
        guard let exchange else { return .success(false) }
        return buffer.withUnsafeReadableBytes { bytes in
            do throws(ResponseError) {
                guard
                    try headParser.parse(bytes, limits: Self.headLimits, method: exchange.head.method, into: &head)
                else { return .success(false) }
                if head.isUpgrade {
                    try upgrade(exchange, in: bytes)
                } else if head.isInterim {
                    exchange.sendInterim(from: head, in: bytes)
                } else {
                    exchange.startAnswer(from: head, in: bytes)
                    decoder.begin(head.framing)
                    answering()
                    // Whoever refuses a request and closes does not read the rest of it.
                    if head.status >= 400, !head.keepAlive { dropBody() }
                }
                return .success(true)
            } catch {
                return .failure(error)
            }
        }
    }

    private func takeBody(_ buffer: ByteBuffer) {
        var offset = 0
        while let exchange {
            switch nextEvent(in: buffer, at: &offset) {
            case .success(.data(let range)):
                let start = buffer.readerIndex + range.lowerBound
                if let slice = buffer.getSlice(at: start, length: range.count) { exchange.append(slice) }
            case .success(.needMore): return
            case .success(.end):
                let trailers = decoder.trailers
                if !trailers.isEmpty {
                    trailers.bytes.withUnsafeBytes { exchange.trailers(trailers.fields, in: $0) }
                }
                return endAnswer(rest: buffer.readableBytes - offset)
            case .failure(let error): return refuse(error.reason)
            }
        }
    }

    private func nextEvent(in buffer: ByteBuffer, at offset: inout Int) -> Result<ChunkEvent, ResponseError> {
        buffer.withUnsafeReadableBytes { bytes in
            do throws(ResponseError) {
                return .success(try decoder.next(bytes, at: &offset))
            } catch {
                return .failure(error)
            }
        }
    }
}

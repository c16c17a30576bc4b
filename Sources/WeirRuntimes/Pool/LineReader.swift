import NIOCore

/// Cuts what arrives into lines, and lines that are longer than `limit` bytes.
final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let limit: Int
    private var line: [UInt8] = []
    private let onLine: @Sendable (String) -> Void
    private let onEnd: @Sendable () -> Void

    init(
        _ limit: Int, _ onLine: @escaping @Sendable (String) -> Void, _ onEnd: @escaping @Sendable () -> Void
    ) {
        self.limit = limit
        self.onLine = onLine
        self.onEnd = onEnd
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for byte in unwrapInboundIn(data).readableBytesView {
            if byte == UInt8(ascii: "\n") { finishLine() } else if line.count < limit { line.append(byte) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finishLine()
        onEnd()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func finishLine() {
        if !line.isEmpty { onLine(String(decoding: line, as: UTF8.self)) }
        line.removeAll(keepingCapacity: true)
    }
}

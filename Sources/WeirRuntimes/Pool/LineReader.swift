import Glibc
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
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            guard var start = bytes.baseAddress else { return }
            var left = bytes.count
            while let end = memchr(start, Int32(UInt8(ascii: "\n")), left).map({ UnsafeRawPointer($0) }) {
                add(start, end - start)
                finishLine()
                left -= end - start + 1
                start = end + 1
            }
            add(start, left)
        }
    }

    private func add(_ start: UnsafeRawPointer, _ count: Int) {
        line += UnsafeRawBufferPointer(start: start, count: min(count, limit - line.count))
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

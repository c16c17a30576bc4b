import CWeirSystem
import Glibc
import Logging
import NIOCore
import NIOPosix
import WeirProcess

/// Where a guest's process writes what it has to say: a pipe whose lines become lines of Weir's log.
struct GuestLog: ~Copyable {
    /// The end to hand to the process; closed with this value.
    let descriptor: Int32

    /// Calls `onLine` on `eventLoop`, and `onEnd` once every process that holds the other end is gone.
    init(
        on eventLoop: any EventLoop, onEnd: @escaping @Sendable () -> Void = {},
        _ onLine: @escaping @Sendable (String) -> Void
    ) throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        guard weir_pipe(&pair) == 0 else { throw SystemError("making a pipe for a guest's log") }
        let reading = pair[0]
        descriptor = pair[1]
        NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineReader(onLine, onEnd))
                }
            }
            .takingOwnershipOfDescriptor(input: reading)
            .whenFailure { _ in close(reading) }
    }

    deinit { close(descriptor) }

    static func log(_ text: String, to logger: Logger, pid: Int32?, request: String) {
        for line in text.split(separator: "\n") {
            var metadata: Logger.Metadata = ["message": "\(line)"]
            if let pid { metadata["pid"] = "\(pid)" }
            if !request.isEmpty { metadata["request"] = "\(request)" }
            logger.warning("app.stderr", metadata: metadata)
        }
    }
}

/// Cuts what arrives into lines, and lines that are too long.
private final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let limit = 8_192
    private var line: [UInt8] = []
    private let onLine: @Sendable (String) -> Void
    private let onEnd: @Sendable () -> Void

    init(_ onLine: @escaping @Sendable (String) -> Void, _ onEnd: @escaping @Sendable () -> Void) {
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
        line += UnsafeRawBufferPointer(start: start, count: min(count, Self.limit - line.count))
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

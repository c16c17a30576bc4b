import Glibc
import Logging
import NIOCore

/// Stops accepting for a moment when descriptors or memory have run out. The listening socket stays readable then:
/// trying again at once would take a whole core from those who are connected.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(100)
    /// The log says it once in this time.
    private static let quietTime = TimeAmount.seconds(10)

    private let logger: Logger
    private var quietUntil = NIODeadline.uptimeNanoseconds(0)

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else {
            return context.fireErrorCaught(error)
        }
        say(code)
        setAutoRead(false, context)
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            let (handler, context) = loopBound.value
            handler.setAutoRead(true, context)
        }
    }

    /// Holding back `read` would not do: after an error the channel still counts the last one as open.
    private func setAutoRead(_ isOn: Bool, _ context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }

    private func say(_ code: Int32) {
        let now = NIODeadline.now()
        guard now > quietUntil else { return }
        quietUntil = now + Self.quietTime
        logger.error(
            "server.cannot_accept",
            metadata: [
                "error": "\(String(cString: strerror(code)))",
                "next": "connections wait; raise the limit of open files (ulimit -n) or lower limits.connections",
            ]
        )
    }
}

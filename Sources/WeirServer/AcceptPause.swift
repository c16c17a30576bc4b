import Glibc
import Logging
import NIOCore

/// Stops accepting for a moment when descriptors or memory have run out. The listening socket stays readable then:
/// trying again at once would take a whole core from those who are connected.
final class AcceptPause: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private static let pause = TimeAmount.milliseconds(100)
    /// The log says it once in this time.
    private static let quietTime = TimeAmount.seconds(10)

    private let logger: Logger
    private var isPaused = false
    private var quietUntil = NIODeadline.uptimeNanoseconds(0)

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else {
            return context.fireErrorCaught(error)
        }
        guard !isPaused else { return }
        isPaused = true
        say(code)
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            let (handler, context) = loopBound.value
            handler.isPaused = false
            context.read()
        }
    }

    func read(context: ChannelHandlerContext) {
        if !isPaused { context.read() }
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

import Glibc
import NIOCore
import NIOPosix
import WeirConfig
import WeirCore
import WeirWire

/// One question of Weir's own to a process or a server, on a connection of its own.
enum Probe {
    struct Failed: Error, CustomStringConvertible {
        let description: String
        /// Not even a connection was made.
        var isOfConnection = false

        init(_ description: String, isOfConnection: Bool = false) {
            self.description = description
            self.isOfConnection = isOfConnection
        }
    }

    static let answerMax = 1 << 20

    /// Whether it is well: that it takes a connection, or that `path` is answered with 2xx or 3xx. On `loop`.
    static func ask(
        _ address: ListenAddress, path: String?, timeout: Nanoseconds, on loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        exchange(address, path.map { Question(path: $0, wantsBody: false) }, timeout, loop).map { _ in }
    }

    /// The body that `path` is answered with, of at most ``answerMax`` bytes.
    static func fetch(
        _ path: String, from address: ListenAddress, timeout: Nanoseconds, on loop: any EventLoop
    ) -> EventLoopFuture<ByteBuffer> {
        exchange(address, Question(path: path, wantsBody: true), timeout, loop)
    }

    struct Question {
        let path: String
        let wantsBody: Bool

        /// HTTP/1.0 where the body counts: its end is the connection's.
        func text(for address: ListenAddress) -> String {
            let host = if case .tcp = address { address.configured } else { "localhost" }
            return "GET \(path) HTTP/1.\(wantsBody ? 0 : 1)\r\nHost: \(host)\r\nUser-Agent: weir-health\r\n"
                + "Connection: close\r\n\r\n"
        }
    }

    private static func exchange(
        _ address: ListenAddress, _ question: Question?, _ timeout: Nanoseconds, _ loop: any EventLoop
    ) -> EventLoopFuture<ByteBuffer> {
        let promise = loop.makePromise(of: ByteBuffer.self)
        let bound = TimeAmount.nanoseconds(Int64(timeout.count))
        ClientBootstrap(group: loop).connectTimeout(bound)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let question else { return }
                    try channel.pipeline.syncOperations.addHandler(ProbeHandler(question, address, promise))
                }
            }
            .connect(to: address).whenComplete { result in
                switch result {
                case .failure(let error):
                    promise.fail(Failed("it takes no connection: \(ConnectFailure.text(error))", isOfConnection: true))
                case .success(let channel):
                    guard question != nil else {
                        channel.close(promise: nil)
                        return promise.succeed(ByteBuffer())
                    }
                    let timer = loop.scheduleTask(in: bound) {
                        promise.fail(Failed("no answer within \(timeout.configured)"))
                        channel.close(promise: nil)
                    }
                    channel.closeFuture.whenComplete { _ in
                        timer.cancel()
                        promise.fail(Failed("it closed the connection without an answer"))
                    }
                }
            }
        return promise.futureResult
    }
}

/// Sends the question and reads the answer, as far as it is wanted.
private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let limits = HeadLimits(requestLine: 8_192, headerBytes: 65_536, headerCount: 200)

    private let question: Probe.Question
    private let address: ListenAddress
    private let promise: EventLoopPromise<ByteBuffer>
    private var parser = ResponseHeadParser()
    private var head = ResponseHead()
    private var isHeadComplete = false
    private var received = ByteBuffer()

    init(_ question: Probe.Question, _ address: ListenAddress, _ promise: EventLoopPromise<ByteBuffer>) {
        self.question = question
        self.address = address
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: question.text(for: address))), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        guard received.readableBytes <= Probe.answerMax else { return fail("its answer is too large", context) }
        do throws(ResponseError) {
            while !isHeadComplete {
                let isComplete = try received.withUnsafeReadableBytes { bytes throws(ResponseError) in
                    try parser.parse(bytes, limits: Self.limits, method: .get, into: &head)
                }
                guard isComplete else { return }
                received.moveReaderIndex(forwardBy: head.byteCount)
                isHeadComplete = !head.isInterim
            }
        } catch {
            return fail("its answer is not HTTP: \(error.reason)", context)
        }
        guard (200..<400).contains(head.status) else { return fail("it answers \(head.status)", context) }
        guard !question.wantsBody else { return }
        promise.succeed(ByteBuffer())
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isHeadComplete, question.wantsBody { promise.succeed(received) }
    }

    private func fail(_ reason: String, _ context: ChannelHandlerContext) {
        promise.fail(Probe.Failed(reason))
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Why no connection was made, in the system's words.
enum ConnectFailure {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            (error.connectionErrors.first?.error).map(text) ?? "the name \(error.host) is not known"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "nobody answered in time"
        default: "\(error)"
        }
    }
}

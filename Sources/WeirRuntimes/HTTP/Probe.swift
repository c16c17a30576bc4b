import Logging
import NIOCore
import NIOPosix
import WeirConfig
import WeirCore
import WeirWire

/// One question to a process whether it is well: that it takes a connection, or that a path is answered with 2xx or 3xx.
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

    /// On `loop`, within `timeout`.
    static func ask(
        _ address: ListenAddress, path: String?, timeout: Nanoseconds, on loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        let bound = TimeAmount.nanoseconds(Int64(timeout.count))
        ClientBootstrap(group: loop).connectTimeout(bound)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let path else { return }
                    try channel.pipeline.syncOperations.addHandler(ProbeHandler(path, address, promise))
                }
            }
            .connect(to: address).whenComplete { result in
                switch result {
                case .failure(let error):
                    promise.fail(Failed("it takes no connection (\(error))", isOfConnection: true))
                case .success(let channel):
                    guard path != nil else {
                        channel.close(promise: nil)
                        return promise.succeed()
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

/// Sends the question and reads the head of the answer.
private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let limits = HeadLimits(requestLine: 8_192, headerBytes: 65_536, headerCount: 200)

    private let question: String
    private let promise: EventLoopPromise<Void>
    private var parser = ResponseHeadParser()
    private var head = ResponseHead()
    private var received = ByteBuffer()

    init(_ path: String, _ address: ListenAddress, _ promise: EventLoopPromise<Void>) {
        let host = if case .tcp = address { address.configured } else { "localhost" }
        question = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: weir-health\r\nConnection: close\r\n\r\n"
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: question)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        do {
            repeat {
                let isComplete = try received.withUnsafeReadableBytes { bytes in
                    try parser.parse(bytes, limits: Self.limits, method: .get, into: &head)
                }
                guard isComplete else { return }
                received.moveReaderIndex(forwardBy: head.byteCount)
            } while head.isInterim
            if (200..<400).contains(head.status) {
                promise.succeed()
            } else {
                promise.fail(Probe.Failed("it answers \(head.status)"))
            }
        } catch {
            promise.fail(Probe.Failed("its answer is not HTTP: \(error)"))
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

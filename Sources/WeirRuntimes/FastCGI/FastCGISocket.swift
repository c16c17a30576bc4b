import NIOCore
import NIOPosix
import WeirEdge

/// How a stream to a FastCGI worker is set up.
enum FastCGISocket {
    /// Small answers arrive in one read of this size.
    private static let readSize = 65_536

    static func bootstrap(on loop: EdgeLoop, _ connection: WorkerConnection) -> ClientBootstrap {
        ClientBootstrap(group: loop.eventLoop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readSize))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(connection) }
            }
    }
}

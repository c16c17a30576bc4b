import Glibc
import NIOCore

/// Writes straight into a channel's socket while the channel holds nothing back. For a small answer that is most of what
/// happens, and to lead it through the pipeline, the channel's list of writes and back costs a third of a microsecond for
/// each handler and list. What the socket does not take, and every error, is the channel's. On the channel's loop only.
///
/// Only for a handler that is the channel's first: one before it, such as TLS, would not see the bytes.
package struct SocketWriter {
    private static let none: CInt = -1
    private static let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)

    private var descriptor = Self.none
    /// The channel was given something, and may still have it.
    package var isBehind = false

    package init() {}

    package mutating func open(_ context: ChannelHandlerContext) {
        descriptor =
            (try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 })
            ?? Self.none
    }

    /// At `channelInactive`: the socket is closed by then, and its number may be another's.
    package mutating func close() { descriptor = Self.none }

    /// How many of the bytes the socket has taken; the channel is to be given the rest.
    package mutating func write(_ buffer: ByteBuffer, before context: ChannelHandlerContext) -> Int {
        guard descriptor != Self.none else { return 0 }
        if isBehind {
            guard Self.heldBytes(of: context) == 0 else { return 0 }
            isBehind = false
        }
        return buffer.withUnsafeReadableBytes {
            max(0, send(descriptor, $0.baseAddress, $0.count, Self.flags))
        }
    }

    /// Bytes that the channel has and the kernel has not.
    package static func heldBytes(of context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}

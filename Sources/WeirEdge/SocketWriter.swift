import Glibc
import NIOCore

/// Writes straight into a channel's socket while the channel holds nothing back, as is so for nearly every small answer: the
/// pipeline and the channel's list of writes were an eighth of the user time of a proxied request. What the socket does not
/// take, and every error, is the channel's. On the channel's loop only.
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

    /// What the socket has not taken, which the channel is to be given; nil: it has taken all.
    package mutating func write(_ buffer: ByteBuffer, before context: ChannelHandlerContext) -> ByteBuffer? {
        let sent = mayWrite(before: context) ? send(buffer) : 0
        guard sent < buffer.readableBytes else { return nil }
        isBehind = true
        var rest = buffer
        rest.moveReaderIndex(forwardBy: sent)
        return rest
    }

    private mutating func mayWrite(before context: ChannelHandlerContext) -> Bool {
        guard descriptor != Self.none else { return false }
        if isBehind { isBehind = Self.heldBytes(of: context) > 0 }
        return !isBehind
    }

    private func send(_ buffer: ByteBuffer) -> Int {
        buffer.withUnsafeReadableBytes { max(0, Glibc.send(descriptor, $0.baseAddress, $0.count, Self.flags)) }
    }

    /// Bytes that the channel has and the kernel has not.
    package static func heldBytes(of context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}

import NIOCore
import WeirEdge

/// A request as the queue holds it: encoded, so that any worker on any loop can be given it without asking its loop.
struct QueuedRequest: Sendable {
    let exchange: Exchange
    let requestID: UInt16
    let encoded: ByteBuffer
    /// A body that did not fit in memory, and its size.
    let file: TemporaryFile?
    let fileCount: Int

    /// On the exchange's loop, once it is encoded.
    init(_ exchange: Exchange) {
        self.exchange = exchange
        requestID = exchange.runID
        encoded = exchange.encoded
        file = exchange.body.file
        fileCount = file == nil ? 0 : exchange.body.count
    }
}

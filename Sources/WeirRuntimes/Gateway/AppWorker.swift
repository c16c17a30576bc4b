import WeirCore
import WeirEdge

/// A process that runs an app's requests, or a place of an external server that does.
protocol AppWorker: AnyObject, Sendable {
    var id: WorkerID { get }
    /// 0: another's process.
    var pid: Int32 { get }
    /// The event loop whose requests it can be given without waking another one.
    var loopIndex: Int { get }
    /// From any loop. `place`: which of those it has; its own id where it runs one request at a time.
    func start(_ request: QueuedRequest, at place: WorkerID, waited: Nanoseconds)
    /// Takes no more, and closes after what is at hand. From any loop.
    func retire()
    /// The request at hand has taken too long: fails it, and closes. From any loop.
    func giveUp()
}

/// Puts a request into the words that an app's workers understand.
protocol RequestEncoder: Sendable {
    /// Fills `exchange.encoded` with everything but a body that is in a file. On the exchange's loop.
    func encode(_ exchange: Exchange, requestID: UInt16)
}

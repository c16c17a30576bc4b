import NIOCore
import WeirCore

/// Where a request's body goes as it arrives, on a route with `stream: true`. Called on the exchange's loop; never again
/// once the exchange's answer has ended.
package protocol BodySink: AnyObject {
    /// More of the body. Whoever cannot take so much so fast calls ``Exchange/pauseBody()``.
    func bodyArrived(_ piece: ByteBuffer)

    /// The body is whole.
    func bodyEnded()

    /// The rest will not come: the client has left, or what it sends is no body. The exchange has no client any more
    /// (``Exchange/isAbandoned``), and ``Gateway/abandon(_:)`` follows unless its end has come by then.
    func bodyFailed()
}

/// A request's body that goes through without being collected.
struct StreamedBody {
    /// Arrived, but not with the sink: there is none yet, or it has paused.
    var waiting = ByteBuffer()
    /// The client has sent all of it.
    var isComplete = false
    /// The sink has been told so.
    var isEndTold = false
    var isPaused = false
    /// Some of it was given to a sink.
    var isTouched = false
    /// The client waits for `100 Continue`.
    var awaitsContinue = false
    /// Since when the client is not to blame that nothing arrives.
    var blameless: Instant?
    /// Bytes thrown away after the answer.
    var drained = 0
}

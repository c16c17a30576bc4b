import NIOCore
import WeirConfig
import WeirCore
import WeirWire

/// One request and its answer, from the complete head to the last byte written. Exchanges are pooled by their loop:
/// an idle connection holds none, and a busy one allocates none. Touched from its own loop only.
package final class Exchange: @unchecked Sendable {
    package unowned let loop: EdgeLoop
    /// nil once the client has left: the exchange then only waits for its worker to let go.
    package internal(set) var connection: HTTPConnection?

    // MARK: The request

    package internal(set) var head = RequestHead()
    /// The bytes that ``head``'s ranges point into.
    package internal(set) var headBytes: [UInt8] = []
    /// The target's path: unescaped, without dot segments, beginning with a slash.
    package internal(set) var path: [UInt8] = []
    package internal(set) var body = RequestBody()
    /// The body goes through as it arrives, or there is none; nil: ``body`` holds all of it.
    var stream: StreamedBody?
    /// The route says `stream: true`: the request is handed over at its head, its body goes to the ``bodySink``, and a slow
    /// reader of the answer pauses its source.
    package var isStreaming: Bool { stream != nil }
    /// With ``isStreaming``: set by the worker that takes the request. It gets at once what has come of the body before.
    package var bodySink: (any BodySink)? {
        didSet { if bodySink != nil { connection?.bodyChanged(self) } }
    }
    /// Since ``upgrade(from:in:to:)``, until the client leaves or the exchange ends.
    package internal(set) var tunnel: Tunnel?
    /// The request's name in every log: the client's own, or one made here.
    package internal(set) var requestID: [UInt8] = []
    /// What a trusted proxy said of the client; empty: the connection's own address counts.
    package internal(set) var forwardedAddress: [UInt8] = []
    package internal(set) var isSecure = false
    /// A trusted proxy has sent it: what it says of the client and of the way here is believed.
    package internal(set) var isFromTrustedProxy = false
    package internal(set) var script = ScriptMatch()
    package internal(set) var app: AppEndpoint?
    package internal(set) var lane = 0

    /// The gateway's encoding of the request; kept here for its capacity.
    package var encoded = ByteBuffer()
    /// The gateway's own notes: where the request waits, the id it is encoded with, when it first arrived in the queue,
    /// and how often it has come back there.
    package var ticket: TicketID?
    package var runID: UInt16 = 0
    package var queued = Instant.zero
    package var reruns = Reruns()
    /// Until the answer's end, which breaks the circle with a worker that holds its exchange.
    package var source: (any AnswerSource)?

    // MARK: What is known of it, for the access log

    package internal(set) var arrival = Instant.zero
    /// When a worker was given it; zero: none was.
    package var dispatched = Instant.zero
    package var queueWait = Nanoseconds.zero
    package var workerTime = Nanoseconds.zero
    package var workerPID: Int32 = 0

    // MARK: The answer

    var answer = Answer()

    package init(loop: EdgeLoop) { self.loop = loop }

    package var isAbandoned: Bool { connection == nil }

    /// The address the application is told.
    package var clientAddress: [UInt8] {
        forwardedAddress.isEmpty ? connection?.peer.address ?? [] : forwardedAddress
    }

    func reset() {
        connection = nil
        head.reset()
        headBytes.removeAll(keepingCapacity: true)
        path.removeAll(keepingCapacity: true)
        body.reset()
        stream = nil
        tunnel = nil
        requestID.removeAll(keepingCapacity: true)
        forwardedAddress.removeAll(keepingCapacity: true)
        isSecure = false
        isFromTrustedProxy = false
        script = ScriptMatch()
        app = nil
        lane = 0
        runID = 0
        queued = .zero
        reruns = Reruns()
        forgetWorker()
        answer.reset()
    }

    /// As it was before it was queued: it has lost its worker, and may be given another.
    package func forgetWorker() {
        ticket = nil
        source = nil
        bodySink = nil
        stream?.isPaused = false
        dispatched = .zero
        queueWait = .zero
        workerTime = .zero
        workerPID = 0
    }

    package func field(_ id: FieldID) -> Field? { head.first(id) }
}

/// Which script of the document root answers a request.
package struct ScriptMatch: Sendable {
    /// How many bytes of the path name the script; the rest is PATH_INFO. Ignored for the front controller.
    package var scriptLength = 0
    /// Appended to the path of a directory: `index.php`.
    package var index: [UInt8]?
    /// No file matched: the app's entry script runs.
    package var usesEntry = false
}

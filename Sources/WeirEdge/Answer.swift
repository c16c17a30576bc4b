import NIOCore
import WeirWire

/// The state of one answer on its way out.
struct Answer {
    enum Framing {
        case undecided
        /// Bytes still owed.
        case length(Int)
        case chunked
        case untilClose
        /// The status or method allows no body.
        case none
    }

    var status = 0
    /// What is being put together for the next write; first the head, without framing and the closing empty line.
    var out = ByteBuffer()
    var hasHead = false
    var isHeadWritten = false
    /// What the application declared; nil: it did not.
    var declaredLength: Int?
    var framing = Framing.undecided
    /// Body bytes that arrived and are not handed to the channel yet.
    var pending: [ByteBuffer] = []
    var pendingCount = 0
    var spool: AnswerSpool?
    /// The application has said all.
    var isComplete = false
    /// Body bytes handed to the channel.
    var bodyBytes = 0
    var isSourcePaused = false
    /// The fields written so far include the length: a file's answer.
    var ownsFraming = false
    /// With the channel as a whole, while the request's body still arrives.
    var isSent = false
    var interimCount = 0
    /// Fields that go behind the body, each with its line end.
    var trailers = ByteBuffer()
    /// The head says that such fields follow.
    var announcesTrailers = false
    /// A file on its way out.
    var files: StaticBodyCursor?

    mutating func reset() {
        status = 0
        out.clear()
        hasHead = false
        isHeadWritten = false
        declaredLength = nil
        framing = .undecided
        pending.removeAll(keepingCapacity: true)
        pendingCount = 0
        spool = nil
        isComplete = false
        bodyBytes = 0
        isSourcePaused = false
        ownsFraming = false
        isSent = false
        interimCount = 0
        if trailers.capacity > 0 { trailers = ByteBuffer() }
        announcesTrailers = false
        files = nil
    }
}

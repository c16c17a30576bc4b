/// How a request lost its worker, the one it had or the one it was on its way to.
package enum RequestLoss: Sendable, CaseIterable {
    /// No connection to a worker was made.
    case notConnected
    /// The connection closed while the request was on its way to it: no script has seen it.
    case unsent
    /// The worker had said that it takes no further request while this one was on its way to it: no script has seen it.
    case leaving
    /// A connection that was kept for it closed before anything of an answer came: most likely its server had closed it
    /// when the request arrived. Only said of methods that are idempotent.
    case keptClosed
    /// A script may have begun, and done something, but nothing of its answer's head was passed on.
    case unanswered
    /// The answer has begun.
    case answering
}

/// How often a request was given to a worker once more, and whether it may be again:
///
///     notConnected   once                   nobody saw it, and who refuses now refuses a moment later too
///     unsent         `mostUnsent` times     nobody saw it; when many workers end together it may meet several of them
///     leaving        `mostLeaving` times    nobody saw it; of workers that end after a request each it meets many
///     keptClosed     once                   where keeping connections is normal, so is this
///     unanswered     once, if repeatable    repeatable: the app's setting allows it and the method is idempotent
///     answering      never                  the client has half an answer that a second one would not continue
///
/// `keptClosed` and `unanswered` count as one. So a request runs at most twice, and is given to at most
/// `1 + 1 + mostUnsent + mostLeaving + 1` workers.
package struct Reruns: Hashable, Sendable {
    package static let mostUnsent = 3
    package static let mostLeaving = 32

    private var notConnected = 0
    private var unsent = 0
    private var leaving = 0
    private var unanswered = 0

    package init() {}

    /// True: the request is to come again, and has been counted.
    package mutating func isGrantedOne(after loss: RequestLoss, isRepeatable: Bool) -> Bool {
        switch loss {
        case .notConnected: Self.count(&notConnected, upTo: 1)
        case .unsent: Self.count(&unsent, upTo: Self.mostUnsent)
        case .leaving: Self.count(&leaving, upTo: Self.mostLeaving)
        case .keptClosed: Self.count(&unanswered, upTo: 1)
        case .unanswered: isRepeatable && Self.count(&unanswered, upTo: 1)
        case .answering: false
        }
    }

    private static func count(_ count: inout Int, upTo most: Int) -> Bool {
        guard count < most else { return false }
        count += 1
        return true
    }
}

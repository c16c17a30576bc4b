/// Where a route hands requests over to an application: the queue, and the workers behind it.
package protocol Gateway: AnyObject, Sendable {
    /// Takes a complete request, or with ``Exchange/isStreaming`` one whose body may still arrive. Called on the exchange's
    /// loop. Exactly one end follows on that loop: an answer's ``Exchange/end()``, or ``Exchange/fail(_:)``.
    func submit(_ exchange: Exchange)

    /// The client of a submitted request has left: drop it from the queue, or tell its worker. Called on the
    /// exchange's loop; its end still follows.
    func abandon(_ exchange: Exchange)
}

/// Where an answer comes from, so that the exchange can hold it back. Called on the exchange's loop.
package protocol AnswerSource: AnyObject, Sendable {
    func pause()
    func resume()
    /// The exchange's client has left: its work is not wanted any more.
    func abort(_ exchange: Exchange)
}

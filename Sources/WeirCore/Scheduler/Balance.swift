/// How requests are spread over the workers of an app.
package enum Balance: Hashable, Sendable {
    /// A worker runs one request at a time: one that is idle takes it, of the request's own event loop if there is one.
    case byLoop
    /// A worker is a process that runs up to `placesPerWorker` requests at once: the one with the fewest, for its share,
    /// takes the next. The share of a fresh one grows over `slowStart`. See ``ProcessRoster``.
    case leastOutstanding(placesPerWorker: Int, slowStart: Nanoseconds)
}

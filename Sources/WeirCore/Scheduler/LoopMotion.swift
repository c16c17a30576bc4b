/// Whether a worker's event loop stands still: as is reported a while after it began, and again once it is over. It is over
/// before that is reported when the worker has answered the request it was given last. An answer to another one is not
/// enough, since those after it may block as well.
struct LoopMotion {
    private enum State {
        case moves
        case stuck
        /// Has answered something since.
        case stirs
    }

    private var state = State.moves
    private var stuckAt = Instant.zero
    /// When it was last seen to have moved after it had been stuck.
    private(set) var movedAt = Instant.zero

    var isStuck: Bool { state != .moves }

    /// How long it was stuck, as far as is known, when that is over and no answer has told it.
    mutating func report(isStuck: Bool, now: Instant) -> Nanoseconds? {
        defer { state = isStuck ? .stuck : .moves }
        switch state {
        case .moves, .stirs:
            if isStuck { stuckAt = now }
            return nil
        case .stuck:
            guard !isStuck else { return nil }
            movedAt = now
            return now - stuckAt
        }
    }

    /// What a request was held up by a block that its answer is the first to end.
    mutating func answered(isNewest: Bool, givenAt: Instant, now: Instant) -> Nanoseconds? {
        let block = state == .stuck ? now - givenAt : nil
        movedAt = now
        state = isNewest ? .moves : .stirs
        return block
    }
}

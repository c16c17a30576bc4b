final class Request {
    /// From the start of the run. Latency counts from here, however late the request could be sent.
    let due: Nanoseconds
    let path: Int
    let phase: Int

    enum State {
        case waiting
        case underWay(Connection)
        case ended
    }
    var state = State.waiting
    var wasRetried = false

    init(due: Nanoseconds, path: Int, phase: Int) {
        (self.due, self.path, self.phase) = (due, path, phase)
    }
}

/// First in, first out; whoever has ended meanwhile is skipped by its user.
struct RequestQueue {
    private var elements: [Request] = []
    private var head = 0

    var first: Request? { head < elements.count ? elements[head] : nil }

    mutating func append(_ request: Request) { elements.append(request) }

    mutating func removeFirst() {
        head += 1
        if head > 1024, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
    }
}

import WeirCore

/// Every request that arrived and what became of it: exactly one answer, or a client that left.
struct RequestLedger {
    enum Answer: String, CaseIterable { case completed, shed, workerDied, timedOut, abandoned }

    struct Request {
        let lane: Int
        let loop: Int
        /// By the decisions' clock.
        let arrived: Instant
        let cpu: Double
        let wait: Double
        let leak: Double
        let mayComeAgain: Bool
        var hasComeAgain = false
        var ticket: TicketID?
        var answer: Answer?
        /// On how many workers it is right now.
        var running = 0
    }

    private(set) var requests: [Request] = []
    /// Numbers of those in the queue.
    private(set) var waiting: [Int] = []
    private(set) var fault: String?
    private(set) var counts: [Answer: Int] = [:]
    private(set) var retried = 0

    subscript(number: Int) -> Request { requests[number] }

    mutating func arrived(_ request: Request) -> Int {
        requests.append(request)
        return requests.count - 1
    }

    mutating func waits(_ number: Int, _ ticket: TicketID) {
        requests[number].ticket = ticket
        waiting.append(number)
    }

    mutating func leftQueue(_ number: Int) {
        requests[number].ticket = nil
        waiting.removeAll { $0 == number }
    }

    mutating func started(_ number: Int) {
        leftQueue(number)
        requests[number].running += 1
        check(requests[number].running == 1, "request \(number) runs twice at the same time")
        check(requests[number].answer == nil, "request \(number) was started though it has had its answer")
    }

    mutating func stopped(_ number: Int) { requests[number].running -= 1 }

    mutating func comesAgain(_ number: Int) {
        check(!requests[number].hasComeAgain, "request \(number) came again twice")
        requests[number].hasComeAgain = true
        retried += 1
    }

    mutating func shed(_ number: Int, _ shed: Shed) {
        check(shed.retryAfterSeconds >= 1, "request \(number) was told to come back at once (\(shed.reason.rawValue))")
        answer(number, .shed)
    }

    mutating func answer(_ number: Int, _ answer: Answer) {
        if let given = requests[number].answer {
            return check(false, "request \(number) was answered twice: \(given.rawValue), then \(answer.rawValue)")
        }
        if requests[number].ticket != nil { leftQueue(number) }
        requests[number].answer = answer
        counts[answer, default: 0] += 1
    }

    func waiting(in lane: Int) -> Int { waiting.count { requests[$0].lane == lane && !requests[$0].hasComeAgain } }

    /// At the end, once all had time to come to theirs.
    mutating func checkNoneIsLost() {
        for number in requests.indices where requests[number].answer == nil {
            check(false, "request \(number) was lost: it never got an answer")
        }
    }

    private mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds && fault == nil { fault = complaint() }
    }
}

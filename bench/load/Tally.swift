/// How a request can end. Every one that was due ends in exactly one of these ways.
enum Outcome: Equatable {
    case answered(status: Int)
    /// The client's patience ended; `sent`: a connection had been found for it.
    case gaveUp(sent: Bool)
    /// Nobody listens.
    case refused
    /// Any other trouble before the connection stood.
    case notConnected
    /// Closed or reset before the first byte of an answer.
    case reset
    /// Closed or reset within the answer.
    case cut
    case malformed
}

/// What became of the requests for one path in one phase.
final class Tally {
    private(set) var due = 0
    private(set) var sent = 0
    private(set) var good = 0
    /// By status.
    private(set) var answered = [Int](repeating: 0, count: 600)
    private(set) var gaveUp = 0
    private(set) var gaveUpUnsent = 0
    private(set) var refused = 0
    private(set) var notConnected = 0
    private(set) var reset = 0
    private(set) var cut = 0
    private(set) var malformed = 0
    /// Sent a second time, because a kept connection was closed before the first byte of an answer.
    private(set) var retried = 0
    private(set) var goodLatency = LatencyHistogram()
    private(set) var otherLatency = LatencyHistogram()

    /// Answers that are what was asked for.
    static func isGood(_ status: Int) -> Bool { (200..<400).contains(status) }

    var failed: Int { refused + notConnected + reset + cut + malformed }
    var ended: Int { answered.reduce(0, +) + gaveUp + failed }

    func isDue() { due += 1 }
    func isSent() { sent += 1 }
    func isRetried() { retried += 1 }

    func add(_ outcome: Outcome, latency: Nanoseconds) {
        switch outcome {
        case .answered(let status):
            answered[status] += 1
            if Self.isGood(status) {
                good += 1
                goodLatency.add(latency)
            } else {
                otherLatency.add(latency)
            }
        case .gaveUp(let wasSent):
            gaveUp += 1
            if !wasSent { gaveUpUnsent += 1 }
        case .refused: refused += 1
        case .notConnected: notConnected += 1
        case .reset: reset += 1
        case .cut: cut += 1
        case .malformed: malformed += 1
        }
    }

    func merge(_ other: Tally) {
        due += other.due
        sent += other.sent
        good += other.good
        for status in answered.indices { answered[status] += other.answered[status] }
        gaveUp += other.gaveUp
        gaveUpUnsent += other.gaveUpUnsent
        refused += other.refused
        notConnected += other.notConnected
        reset += other.reset
        cut += other.cut
        malformed += other.malformed
        retried += other.retried
        goodLatency.merge(other.goodLatency)
        otherLatency.merge(other.otherLatency)
    }
}

import Logging
import NIOCore
import Synchronization
import WeirCore
import WeirEdge

/// The log of one app's requests that found its server unwell. An app that fails with every request would write a line for
/// each: the first of a second are written, of the others how many they were.
final class UpstreamLog: Sendable {
    enum Event: String, CaseIterable {
        case notConnected = "upstream.not_connected"
        case timedOut = "upstream.timed_out"
        case malformed = "upstream.malformed"
        case closedEarly = "upstream.closed_early"

        fileprivate var level: Logger.Level {
            switch self {
            case .notConnected, .malformed: .error
            case .timedOut, .closedEarly: .warning
            }
        }
    }

    let logger: Logger
    private let budgets = Mutex<[Event: LogBudget]>([:])

    init(_ logger: Logger) { self.logger = logger }

    /// On `eventLoop`. `metadata` is asked for only when the line is written.
    func write(_ event: Event, on eventLoop: any EventLoop, _ metadata: () -> Logger.Metadata) {
        let now = EdgeLoop.now
        switch budgets.withLock({ $0[event, default: LogBudget()].take(now: now) }) {
        case .write: logger.log(level: event.level, "\(event.rawValue)", metadata: metadata())
        case .suppress: return
        case .suppressUntil(let end):
            eventLoop.scheduleTask(in: .nanoseconds(Int64(max(.zero, end - now).count))) { self.close(event) }
        }
    }

    private func close(_ event: Event) {
        let count = budgets.withLock { $0[event, default: LogBudget()].close() }
        logger.log(
            level: event.level, "upstream.suppressed",
            metadata: ["event": "\(event.rawValue)", "lines": "\(count)"])
    }
}

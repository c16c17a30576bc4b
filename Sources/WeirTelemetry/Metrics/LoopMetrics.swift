import WeirCore

/// What one event loop counts of its own connections and of the requests that no app answers. Written by that loop only.
package final class LoopMetrics: Sendable {
    private enum Cell {
        static let accepted = 0
        static let refused = 1
        static let received = 2
        static let sent = 3
        static let idle = 4
        static let active = 5
        static let tunnels = 6
        static let lag = 7
        static let files = lag + TimeHistogram.cellCount
        static let own = files + StatusLabels.all.count
        static let count = own + StatusLabels.all.count
    }

    private let counters = Counters(count: Cell.count, shards: 1)

    package init() {}

    // MARK: On the loop

    package func connectionAccepted() { counters.add(1, at: Cell.accepted, shard: 0) }
    package func connectionRefused() { counters.add(1, at: Cell.refused, shard: 0) }
    package func received(_ bytes: Int) { counters.add(bytes, at: Cell.received, shard: 0) }
    package func sent(_ bytes: Int) { counters.add(bytes, at: Cell.sent, shard: 0) }

    package func tunnelOpened() { counters.add(1, at: Cell.tunnels, shard: 0) }
    package func tunnelClosed() { counters.add(-1, at: Cell.tunnels, shard: 0) }

    /// A request was answered with a file.
    package func fileServed(status: Int) {
        counters.add(1, at: Cell.files + StatusLabels.index(of: status), shard: 0)
    }

    /// A request was answered by Weir itself: a redirect, a fixed answer, an operator's page, a refusal.
    package func answeredItself(status: Int) {
        counters.add(1, at: Cell.own + StatusLabels.index(of: status), shard: 0)
    }

    /// What a sweep over the loop's connections found, and how late it ran.
    package func swept(idle: Int, active: Int, late: Nanoseconds) {
        counters.set(idle, at: Cell.idle, shard: 0)
        counters.set(active, at: Cell.active, shard: 0)
        counters.observe(late, histogramAt: Cell.lag, shard: 0)
    }

    // MARK: From anywhere

    package var accepted: Int { counters.sum(at: Cell.accepted) }
    package var refused: Int { counters.sum(at: Cell.refused) }
    package var bytesReceived: Int { counters.sum(at: Cell.received) }
    package var bytesSent: Int { counters.sum(at: Cell.sent) }
    package var idle: Int { counters.sum(at: Cell.idle) }
    package var active: Int { counters.sum(at: Cell.active) }
    /// Connections that carry another protocol now; they are among the active ones.
    package var tunnels: Int { counters.sum(at: Cell.tunnels) }
    package var lag: TimeHistogram.Tally { counters.tally(histogramAt: Cell.lag) }
    package var files: [StatusCount] { counters.statuses(from: Cell.files) }
    package var own: [StatusCount] { counters.statuses(from: Cell.own) }
}

import WeirCore

/// What is counted of an app's requests, lane by lane in the app's own order. The numbers belong to the names: an app
/// that is configured anew goes on where it was.
package final class AppMetrics: Sendable {
    package let name: String
    package let lanes: [LaneMetrics]

    init(name: String, lanes: [LaneMetrics]) {
        self.name = name
        self.lanes = lanes
    }
}

/// What is counted of a lane's requests, at their end, by each event loop for itself.
package final class LaneMetrics: Sendable {
    /// How one request ended. `wait` and `service` are nil for one that never reached a worker, or whose worker was not
    /// through when its client left. Nothing is timed of an upgraded connection: how long it was open says nothing about
    /// the app's speed.
    package struct Outcome {
        package var status: Int
        package var total: Nanoseconds?
        package var wait: Nanoseconds?
        package var service: Nanoseconds?

        package init(status: Int, total: Nanoseconds?, wait: Nanoseconds?, service: Nanoseconds?) {
            self.status = status
            self.total = total
            self.wait = wait
            self.service = service
        }
    }

    package struct Totals: Sendable {
        package var statuses: [StatusCount]
        package var wait: TimeHistogram.Tally
        package var service: TimeHistogram.Tally
        package var total: TimeHistogram.Tally
    }

    package let name: String
    private let counters: Counters

    private static let waitAt = StatusLabels.all.count
    private static let serviceAt = waitAt + TimeHistogram.cellCount
    private static let totalAt = serviceAt + TimeHistogram.cellCount
    private static let cellCount = totalAt + TimeHistogram.cellCount

    init(name: String, loops: Int) {
        self.name = name
        counters = Counters(count: Self.cellCount, shards: loops)
    }

    /// On the event loop with this number.
    package func record(_ outcome: Outcome, loop: Int) {
        counters.add(1, at: StatusLabels.index(of: outcome.status), shard: loop)
        if let total = outcome.total { counters.observe(total, histogramAt: Self.totalAt, shard: loop) }
        if let wait = outcome.wait { counters.observe(wait, histogramAt: Self.waitAt, shard: loop) }
        if let service = outcome.service { counters.observe(service, histogramAt: Self.serviceAt, shard: loop) }
    }

    package var totals: Totals {
        Totals(
            statuses: counters.statuses(from: 0), wait: counters.tally(histogramAt: Self.waitAt),
            service: counters.tally(histogramAt: Self.serviceAt), total: counters.tally(histogramAt: Self.totalAt)
        )
    }
}

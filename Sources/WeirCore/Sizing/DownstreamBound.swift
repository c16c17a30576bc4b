/// How many workers the systems behind the application have connections for.
///
///     workers = floor((A - R) / I / k)
///
///     A  connections allowed (a database's `max_connections`)      R  of these, kept for others: migrations, people
///     I  instances of this container at full scale                 k  connections a worker holds
///
/// Assumption: every worker holds its connections all the time, as with persistent connections. Full scale counts,
/// because the day the fleet has grown to it is the wrong day for "too many connections".
///
/// Source: that the sum of all pools has to stay within `max_connections` is common advice for php-fpm; for Java see
/// "About Pool Sizing" in HikariCP's wiki.
///
/// Worked row: A = 200, R = 20, I = 8, k = 1: 180 / 8 = 22.5: 22 workers.
package struct DownstreamBound: Hashable, Sendable {
    package var connections: Int
    package var reserved: Int
    package var instances: Int
    package var perWorker: Int

    package init(connections: Int, reserved: Int, instances: Int, perWorker: Int) {
        self.connections = connections
        self.reserved = reserved
        self.instances = instances
        self.perWorker = perWorker
    }

    package var workers: Int { max(0, connections - reserved) / max(1, instances) / max(1, perWorker) }

    var arithmetic: String {
        "downstream: (\(connections) connections - \(reserved) reserved) / \(instances) instances"
            + " / \(perWorker) a worker: \(Figures.workers(workers))"
    }
}

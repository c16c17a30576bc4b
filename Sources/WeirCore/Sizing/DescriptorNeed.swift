/// How many files and sockets the server may have open at the same time.
///
///     need = 2 * c + 3 * w + i + r        r = 256
///
///     c  `limits.connections`: each may have a file, a spool or a connection to an HTTP app besides its socket
///     w  workers: a stream, standard error, and a successor's during an exchange
///     i  connections to HTTP apps that are kept open idle, at most: `upstream.idle_connections` x loops x processes
///     r  listeners, logs, loops, cached files
///
/// Source: a proxy needs two descriptors for each of its connections, as nginx explains at
/// `worker_connections`.
///
/// Worked row: c = 10,000, w = 20: 20,000 + 60 + 256 = 20,316; with i = 64 idle ones 20,380.
package enum DescriptorNeed {
    package static let reserve = 256

    package static func descriptors(connections: Int, workers: Int, idleUpstreams: Int) -> Int {
        connections * 2 + workers * 3 + idleUpstreams + reserve
    }

    package static func explanation(
        limit: Int, connections: Int, workers: Int, idleUpstreams: Int
    ) -> Explanation {
        let needed = descriptors(connections: connections, workers: workers, idleUpstreams: idleUpstreams)
        let idle = idleUpstreams > 0 ? " + idle upstream connections" : ""
        return Explanation(
            name: "open_files", value: "\(limit)",
            formula: "the hard limit; needed: connections x 2 + workers x 3\(idle) + reserve",
            inputs: [("connections", "\(connections)"), ("workers", "\(workers)")]
                + (idleUpstreams > 0 ? [("idle upstream connections", "\(idleUpstreams)")] : [])
                + [("reserve", "\(reserve)"), ("needed", "\(needed)")],
            why: "the soft limit was raised to the hard one at the start")
    }
}

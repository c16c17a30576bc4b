/// How many files and sockets the server may have open at the same time.
///
///     need = 2 * c + 3 * w + r        r = 256
///
///     c  `limits.connections`: each may have a file or a spool open besides its socket
///     w  workers: a stream, standard error, and a successor's during an exchange
///     r  listeners, logs, loops, cached files
///
/// Source: a proxy needs two descriptors for each of its connections, as nginx explains at
/// `worker_connections`.
///
/// Worked row: c = 10,000, w = 20: 20,000 + 60 + 256 = 20,316.
package enum DescriptorNeed {
    package static let reserve = 256

    package static func descriptors(connections: Int, workers: Int) -> Int { connections * 2 + workers * 3 + reserve }

    package static func explanation(limit: Int, connections: Int, workers: Int) -> Explanation {
        Explanation(
            name: "open_files", value: "\(limit)",
            formula: "the hard limit; needed: connections x 2 + workers x 3 + reserve",
            inputs: [
                ("connections", "\(connections)"), ("workers", "\(workers)"), ("reserve", "\(reserve)"),
                ("needed", "\(descriptors(connections: connections, workers: workers))"),
            ],
            why: "the soft limit was raised to the hard one at the start")
    }
}

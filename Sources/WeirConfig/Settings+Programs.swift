import WeirCore

// Apps that are programs of their own and speak HTTP: `runtime: node` and `runtime: http`.

package enum Runtime: String, Sendable, CaseIterable {
    case php, node, http, fastcgi

    /// Requests are handed to it as HTTP, as they came: it has no scripts below a root.
    package var speaksHTTP: Bool { self == .node || self == .http }
}

extension AppSettings {
    /// Its processes are somebody else's.
    package var isExternal: Bool { runtime == .fastcgi || runtime == .http && !addresses.isEmpty }

    /// Requests that one of its processes runs at once.
    package var concurrency: Int {
        switch runtime {
        case .php, .fastcgi: 1
        case .node: pool.concurrency ?? 100
        case .http: pool.concurrency ?? 250
        }
    }
}

/// How a process is asked whether it is well, besides what its answers say.
package struct HealthCheckSettings: Equatable, Sendable {
    /// A 2xx or 3xx answer is well; nil: that it takes connections is enough.
    package var path: String?
    package var interval: Nanoseconds = .seconds(5)
    package var timeout: Nanoseconds = .seconds(2)
    /// So many good answers in a row bring it back.
    package var rise = 2
    /// So many bad ones in a row take it out.
    package var fall = 3

    package init() {}
}

/// Connections to a program that wait for its next request.
package struct UpstreamSettings: Equatable, Sendable {
    /// To each process or address, from each event loop; 0: none is kept.
    package var idleConnections = 64
    /// How long one waits, unless its server says that it keeps it for less.
    package var idleTimeout: Nanoseconds = .seconds(60)

    package init() {}
}

package struct NodeSettings: Equatable, Sendable {
    /// `--max-old-space-size`; nil: from the process's share of the memory.
    package var maxOldSpace: Bytes?
    /// `UV_THREADPOOL_SIZE`; nil: by the cores.
    package var threadpool: Int?
    /// Of `node` itself, before the entry.
    package var arguments: [String] = []
    /// How long the event loop may stand still before other processes are preferred.
    package var blockedAfter: Nanoseconds = .milliseconds(50)

    package init() {}
}

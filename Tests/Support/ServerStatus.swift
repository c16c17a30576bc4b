import Foundation

/// `/status`, as far as the tests look.
package struct ServerStatus: Decodable {
    package struct Worker: Decodable {
        package let id: Int
        package let pid: Int32?
        package let state: String
        package let requests: Int
    }

    package struct Failure: Decodable {
        package let pid: Int32?
        package let what: String
        package let lastWords: [String]
        package let requests: Int
    }

    package struct Pool: Decodable {
        package let available: Bool
        package let target, starting, idle, active, leaving, started, died, killed, maxChildrenReached: Int
        package let lastFailure: String?
        package let recentFailures: [Failure]
        package let workers: [Worker]

        package var pids: Set<Int32> { Set(workers.compactMap(\.pid)) }
    }

    package struct Queue: Decodable {
        package let length, maxReached: Int
        package let shed: [String: Int]
    }

    /// A process of an app that speaks HTTP.
    package struct Program: Decodable {
        package let worker: Int
        package let pid: Int32?
        package let address: String
        package let well: Bool
        package let complaint: String?
        package let tunnels: Int
    }

    package struct App: Decodable {
        package let name: String
        package let accepted, completed, active, idle, maxActiveReached: Int
        package let concurrencyLimit: Int?
        package let queue: Queue
        package let pool: Pool?
        package let programs: [Program]?
    }

    package struct Connections: Decodable {
        package let open: Int
    }

    package let connections: Connections
    package let apps: [App]
}

extension WeirProcess {
    /// From `/status`, which the configuration has to name.
    package func status() throws -> ServerStatus {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ServerStatus.self, from: Data(try get("/status").body))
    }

    /// A line of its log that has all these parts, once it is there.
    package func logLine(_ parts: [String], within seconds: Double = 5) throws -> String {
        var found: String?
        _ = holds(within: seconds) {
            found = standardError.split(separator: "\n").map(String.init).first { line in
                parts.allSatisfy(line.contains)
            }
            return found != nil
        }
        guard let found else { throw TestFailure("no line with \(parts) in:\n\(standardError)") }
        return found
    }
}

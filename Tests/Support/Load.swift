import Foundation

/// Clients that ask for one page after the other until they are told to stop, and count what they get.
package final class Load: @unchecked Sendable {
    package struct Outcomes {
        package var statuses: [Int: Int] = [:]
        /// Connections that ended without an answer.
        package var broken: [String] = []

        /// Answers of the server's failure, and none at all.
        package var failed: Int { broken.count + statuses.filter { $0.key >= 500 }.map(\.value).reduce(0, +) }
    }

    private let lock = NSLock()
    private var outcomes = Outcomes()
    private var isStopping = false
    private let ended = DispatchGroup()

    package init(port: Int, clients: Int, paths: [String]) {
        for client in 0..<clients {
            ended.enter()
            Thread {
                self.run(port: port, paths: paths, first: client)
                self.ended.leave()
            }.start()
        }
    }

    package func stop() -> Outcomes {
        lock.withLock { isStopping = true }
        ended.wait()
        return lock.withLock { outcomes }
    }

    private func run(port: Int, paths: [String], first: Int) {
        var connection: RawClient?
        var next = first
        while !lock.withLock({ isStopping }) {
            do {
                let client = try connection ?? RawClient(port: port, patience: 30)
                let answer = try client.get(paths[next % paths.count])
                lock.withLock { outcomes.statuses[answer.status, default: 0] += 1 }
                connection = answer["Connection"] == "close" ? nil : client
            } catch {
                lock.withLock { outcomes.broken.append("\(error)") }
                connection = nil
            }
            next += 7
        }
    }
}

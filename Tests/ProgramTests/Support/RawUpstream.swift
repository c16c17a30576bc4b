import Foundation
import WeirTestSupport

/// A server behind Weir that does with each connection exactly what the test says, on threads of its own.
final class RawUpstream: @unchecked Sendable {
    let port: Int
    private let lock = NSLock()
    private var isStopping = false
    private var used = 0
    private var seen: [RawRequestHead] = []
    private let ended = DispatchSemaphore(value: 0)

    /// `serve` is called with each connection, which is closed when it returns or throws.
    init(_ serve: @escaping @Sendable (UpstreamClient) throws -> Void) throws {
        let server = try RawServer(patience: 30)
        guard case .port(let port) = server.address else { throw TestFailure("no port") }
        self.port = port
        nonisolated(unsafe) let listening = server
        Thread.detachNewThread { [weak self, ended] in
            while self?.isListening == true {
                guard listening.isAsked(within: 0.02), let connection = try? listening.accept(), let upstream = self
                else { continue }
                let client = UpstreamClient(connection) { [weak upstream] in upstream?.note($0, isFirst: $1) }
                Thread.detachNewThread { try? serve(client) }
            }
            ended.signal()
        }
    }

    private var isListening: Bool { lock.withLock { !isStopping } }

    private func note(_ head: RawRequestHead, isFirst: Bool) {
        lock.withLock {
            if isFirst { used += 1 }
            seen.append(head)
        }
    }

    /// Takes no connections from now on.
    func stop() {
        lock.withLock { isStopping = true }
        ended.wait()
    }

    /// Those that have carried a request: a health check may only connect.
    var connections: Int { lock.withLock { used } }
    /// Of all requests that were read, in their order.
    var requests: [RawRequestHead] { lock.withLock { seen } }

    /// Answers each request on each connection with `answer`.
    static func answering(_ answer: @escaping @Sendable (RawRequestHead) throws -> String) throws -> RawUpstream {
        try RawUpstream { client in
            while true { try client.send(try answer(try client.readRequest())) }
        }
    }
}

/// A request's head as the application sees it.
struct RawRequestHead: Sendable {
    let line: String
    let fields: [String]

    var target: String { line.split(separator: " ")[1].description }

    func all(_ name: String) -> [String] {
        fields.filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map {
            String($0.dropFirst(name.count + 2))
        }
    }
}

/// One connection from Weir.
final class UpstreamClient: @unchecked Sendable {
    private let connection: RawClient
    private let onRequest: @Sendable (RawRequestHead, _ isFirst: Bool) -> Void
    private var isFirst = true

    init(_ connection: RawClient, _ onRequest: @escaping @Sendable (RawRequestHead, _ isFirst: Bool) -> Void) {
        self.connection = connection
        self.onRequest = onRequest
    }

    /// The next request, without its body.
    func readRequest() throws -> RawRequestHead {
        let lines = try connection.readHead().split(separator: "\n").map(String.init)
        let head = RawRequestHead(line: lines[0], fields: Array(lines[1...]))
        onRequest(head, isFirst)
        isFirst = false
        return head
    }

    func read(_ count: Int) throws -> [UInt8] { try connection.read(count) }
    func send(_ text: String) throws { try connection.send(text) }
    func isEnded(within seconds: Double) -> Bool { connection.isEnded(within: seconds) }
}

enum Answers {
    /// One with a body and its length.
    static func ok(_ body: String, _ fields: String...) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
            + body
    }
}

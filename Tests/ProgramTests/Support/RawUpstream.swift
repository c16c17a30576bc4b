import Foundation
import WeirTestSupport

/// A server behind Weir that does with each connection exactly what the test says, on threads of its own.
final class RawUpstream: @unchecked Sendable {
    let port: Int
    private let socket: Int32
    private let lock = NSLock()
    private var accepted = 0
    private var seen: [RawRequestHead] = []

    /// `serve` is called with each connection, which is closed when it returns or throws.
    init(_ serve: @escaping @Sendable (UpstreamClient) throws -> Void) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && listen(socket, 64) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        guard isBound else { throw TestFailure("listening: \(lastError())") }
        self.socket = socket
        port = Int(UInt16(bigEndian: address.sin_port))
        // It ends when the socket is shut down, and is kept by nothing else.
        Thread.detachNewThread { [weak self] in
            while true {
                let descriptor = accept(socket, nil, nil)
                guard descriptor >= 0, let self else { break }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                self.lock.withLock { self.accepted += 1 }
                let client = UpstreamClient(descriptor) { [weak self] head in
                    self?.lock.withLock { self?.seen.append(head) }
                }
                Thread.detachNewThread { try? serve(client) }
            }
            close(socket)
        }
    }

    deinit { stop() }

    /// Takes no connections from now on.
    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

    var connections: Int { lock.withLock { accepted } }
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
        fields.filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }
}

/// One connection from Weir.
final class UpstreamClient: @unchecked Sendable {
    private let connection: RawClient
    private let onRequest: @Sendable (RawRequestHead) -> Void

    init(_ descriptor: Int32, _ onRequest: @escaping @Sendable (RawRequestHead) -> Void) {
        connection = RawClient(accepted: descriptor, patience: 30)
        self.onRequest = onRequest
    }

    /// The next request, without its body.
    func readRequest() throws -> RawRequestHead {
        let lines = try connection.readHead()
        let head = RawRequestHead(line: lines[0], fields: Array(lines[1...]))
        onRequest(head)
        return head
    }

    func read(_ count: Int) throws -> [UInt8] { try connection.read(count) }
    func send(_ text: String) throws { try connection.send(text) }
    func isEnded(within seconds: Double) -> Bool { connection.isEnded(within: seconds) }
}

enum Answers {
    /// One with a body and its length.
    static func ok(_ body: String, _ fields: String...) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body
    }
}

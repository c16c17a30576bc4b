import Foundation
import WeirTestSupport

/// A server of a thread a connection that does what a test says and remembers what it was asked.
final class KnownServer: @unchecked Sendable {
    enum Reply {
        case answer(Int, String)
        /// These bytes, then the connection is closed.
        case raw(String)
        case silence
    }

    let port: UInt16
    private let listener: Int32
    private let reply: @Sendable (String) -> Reply
    private let lock = NSLock()
    private var asked: [String] = []
    private var connections = 0
    private var underWay = 0
    private var mostUnderWay = 0
    private var limit = Int.max
    private var isStopped = false

    init(_ reply: @escaping @Sendable (String) -> Reply) throws {
        self.reply = reply
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 512) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw TestFailure("no server: \(lastError())") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in accept() }
    }

    deinit { stop() }

    /// The request lines and what followed them, of whole heads.
    var requests: [String] { lock.withLock { asked } }
    /// Connections open now.
    var open: Int { lock.withLock { connections } }
    /// The most requests that were under way at once.
    var most: Int { lock.withLock { mostUnderWay } }
    /// After so many answers, it closes a connection without saying so in the last one.
    var requestsPerConnection: Int {
        get { lock.withLock { limit } }
        set { lock.withLock { limit = newValue } }
    }

    /// Nobody listens afterwards.
    func stop() {
        let wasStopped = lock.withLock {
            defer { isStopped = true }
            return isStopped
        }
        guard !wasStopped else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            if connection < 0 { return }
            lock.withLock { connections += 1 }
            Thread.detachNewThread { [self] in
                serve(connection)
                close(connection)
                lock.withLock { connections -= 1 }
            }
        }
    }

    private func serve(_ connection: Int32) {
        var received = ""
        var answered = 0
        while true {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return }
            received += String(decoding: buffer[..<count], as: UTF8.self)
            while let end = received.range(of: "\r\n\r\n") {
                let request = String(received[..<end.lowerBound])
                received = String(received[end.upperBound...])
                lock.withLock {
                    asked.append(request)
                    underWay += 1
                    mostUnderWay = max(mostUnderWay, underWay)
                }
                let decision = reply(request)
                lock.withLock { underWay -= 1 }
                switch decision {
                case .answer(let status, let body):
                    send(connection, "HTTP/1.1 \(status) Whatever\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                    answered += 1
                    if answered >= requestsPerConnection { return }
                case .raw(let bytes):
                    return send(connection, bytes)
                case .silence:
                    continue
                }
            }
        }
    }

    private func send(_ connection: Int32, _ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}

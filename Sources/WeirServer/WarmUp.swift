import CWeirSystem
import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirRuntimes

/// Asks an app for its `warm` paths before anybody else does, so that code caches are filled. The requests come over a
/// socket pair and go the whole way that others go, on a loop of their own that no listener leads to.
struct WarmUp: Sendable {
    struct Failed: Error, CustomStringConvertible {
        let app: String
        let path: String
        let reason: String
        var description: String { "app '\(app)': warming up with \(path): \(reason)" }
    }

    let loop: EdgeLoop
    let logger: Logger

    /// One request a path, one after the other. A 5xx answer is a failure: whatever is wrong would be wrong for all.
    func run(_ app: App, shared: EdgeShared) async throws(Failed) {
        guard !app.settings.warm.isEmpty else { return }
        do {
            try await loop.eventLoop.submit { [loop] in loop.adopt(shared) }.get()
        } catch {
            throw Failed(app: app.settings.name, path: app.settings.warm[0], reason: "\(error)")
        }
        for path in app.settings.warm {
            let started = EdgeLoop.now
            let status: Int
            do throws(SystemError) {
                status = try await ask(path, timeout: app.settings.timeouts.request)
            } catch {
                throw Failed(app: app.settings.name, path: path, reason: "\(error)")
            }
            logger.info(
                "app.warmed",
                metadata: [
                    "app": "\(app.settings.name)", "path": "\(path)", "status": "\(status)",
                    "seconds": "\((EdgeLoop.now - started).milliseconds.rounded() / 1_000)",
                ])
            guard status < 500 else {
                throw Failed(app: app.settings.name, path: path, reason: "it answered \(status)")
            }
        }
    }

    private func ask(_ path: String, timeout: Nanoseconds) async throws(SystemError) -> Int {
        var pair: [Int32] = [-1, -1]
        guard weir_socket_pair(0, &pair) == 0 else { throw SystemError("making a socket") }
        let (ours, client) = (pair[0], pair[1])
        ClientBootstrap(group: loop.eventLoop)
            .channelInitializer { [loop] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: loop, endpoints: .routes))
                }
            }
            .withConnectedSocket(ours)
            .whenFailure { _ in close(ours) }
        let status = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: Self.exchange(client, path: path, timeout: timeout))
            }
        }
        guard let status else { throw SystemError("waiting for its answer", errno: ETIMEDOUT) }
        return status
    }

    /// Blocks. The status of the answer; nil without one.
    private static func exchange(_ socket: Int32, path: String, timeout: Nanoseconds) -> Int? {
        defer { close(socket) }
        var limit = timeval(tv_sec: max(1, timeout.count / 1_000_000_000), tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Weir warm-up\r\nConnection: close\r\n\r\n"
        guard send(socket, request, request.utf8.count, Int32(MSG_NOSIGNAL)) == request.utf8.count else {
            return nil
        }
        var status: Int?
        var head: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &piece, piece.count, 0)
            if count < 0 && errno == EINTR { continue }
            // To its end: the worker is through with the request then.
            guard count > 0 else { return count == 0 ? status : nil }
            guard status == nil else { continue }
            head += piece[..<count]
            // "HTTP/1.1 200 OK"
            if head.count >= 12 { status = Int(String(decoding: head[9..<12], as: UTF8.self)) }
        }
    }
}

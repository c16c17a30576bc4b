import WeirCore
import WeirWire

/// A request that a worker has, as it is shown to an operator.
package struct RunningRequest: Sendable {
    package let app: String
    package let lane: String
    /// The worker's number in its pool; nil: not looked up, or its server is somebody else's.
    package var worker: Int?
    /// Of the worker; 0: its server is somebody else's.
    package let pid: Int32
    package let requestID: String
    package let method: String
    /// The target as it was sent, cut to ``pathLimit`` bytes.
    package let path: String
    /// The path of the script below the document root; empty: the app has none.
    package let script: String
    package let contentLength: Int
    package let clientAddress: String
    package let arrival: Instant
    package let dispatched: Instant

    package static let pathLimit = 256

    /// How long its worker has had it.
    package func seconds(at now: Instant) -> Double { (now - dispatched).seconds }
}

extension EdgeLoop {
    /// The requests of this loop that workers have. On the loop.
    package var runningRequests: [RunningRequest] {
        connections.compactMap { $0.exchange.flatMap { RunningRequest($0) } }
    }
}

extension RunningRequest {
    /// nil: no worker has it.
    fileprivate init?(_ exchange: Exchange) {
        guard let app = exchange.app, exchange.dispatched != .zero, !exchange.answer.isComplete else { return nil }
        self.app = app.name
        lane = app.lanes[exchange.lane]
        pid = exchange.workerPID
        requestID = Self.text(exchange.requestID)
        (method, path) = exchange.headBytes.withUnsafeBytes { bytes in
            (Self.text(exchange.head.methodRange.in(bytes)), Self.text(exchange.head.target.in(bytes)))
        }
        script = Self.text(exchange.script.usesEntry ? app.entry ?? [] : exchange.script.path(in: exchange.path))
        contentLength = exchange.body.count
        clientAddress = Self.text(exchange.clientAddress)
        arrival = exchange.arrival
        dispatched = exchange.dispatched
    }

    /// Printable ASCII of at most ``pathLimit`` bytes; anything else becomes a question mark.
    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.prefix(pathLimit).map { (0x20..<0x7f).contains($0) ? $0 : 0x3f }, as: UTF8.self)
    }
}

extension ScriptMatch {
    fileprivate func path(in path: [UInt8]) -> [UInt8] { path.prefix(scriptLength) + (index ?? []) }
}

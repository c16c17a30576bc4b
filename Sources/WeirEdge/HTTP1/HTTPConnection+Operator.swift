import NIOCore
import WeirWire

/// Requests for the server's own pages. Not a request's usual way: text and closures are fine here.
extension HTTPConnection {
    func answer(_ exchange: Exchange, by page: OperatorPage) {
        guard let method = page.methods.first(where: { $0.matches(exchange.head.method) }) else {
            return answer(
                exchange,
                reply: OperatorReply(
                    status: 405, body: "405 Method Not Allowed\n", fields: [("Allow", page.allow)]))
        }
        switch page.answer(OperatorRequest(exchange, method: method, peer: peer)) {
        case .now(let reply): answer(exchange, reply: reply)
        case .later(let work): answer(exchange, after: work)
        }
    }

    private func answer(_ exchange: Exchange, after work: @escaping @Sendable () async -> OperatorReply) {
        let eventLoop = loop.eventLoop
        let loopBound = NIOLoopBound((self, exchange), eventLoop: eventLoop)
        eventLoop.makeFutureWithTask(work).whenSuccess { reply in
            let (connection, exchange) = loopBound.value
            // Once its client has left, the exchange may be another connection's.
            guard connection.exchange === exchange else { return }
            connection.answer(exchange, reply: reply)
        }
    }

    private func answer(_ exchange: Exchange, reply: OperatorReply) {
        exchange.startAnswer(status: reply.status)
        exchange.answer.out.writeString("Content-Type: \(reply.contentType)\r\nCache-Control: no-store\r\n")
        for field in reply.fields { exchange.answer.out.writeString("\(field.name): \(field.value)\r\n") }
        exchange.append(ByteBuffer(string: reply.body))
        exchange.end()
    }
}

extension OperatorPage.Method {
    fileprivate func matches(_ method: Method) -> Bool {
        switch self {
        case .get: method == .get || method == .head
        case .post: method == .post
        }
    }
}

extension OperatorRequest {
    fileprivate init(_ exchange: Exchange, method: OperatorPage.Method, peer: Peer) {
        self.method = method
        path = String(decoding: exchange.path, as: UTF8.self)
        let fields = exchange.headBytes.withUnsafeBytes { bytes in
            func text(_ id: FieldID) -> String? {
                exchange.field(id).map { String(decoding: $0.value.in(bytes), as: UTF8.self) }
            }
            let query = exchange.head.query.map { QueryText.pairs(of: Array($0.in(bytes))) }
            return (query: query, authorization: text(.authorization), origin: text(.origin))
        }
        query = fields.query ?? []
        authorization = fields.authorization
        origin = fields.origin
        body = Array(exchange.body.memory.readableBytesView)
        isLocal = peer.isLocal
        client = String(decoding: exchange.clientAddress, as: UTF8.self)
    }
}

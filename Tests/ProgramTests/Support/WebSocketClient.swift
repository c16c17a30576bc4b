import WeirTestSupport

/// A client of RFC 6455, without extensions.
final class WebSocketClient {
    struct Message: Equatable {
        enum Kind: UInt8 { case text = 1, binary, close = 8, ping, pong }
        let kind: Kind
        let payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
        /// Of a close message.
        var code: Int { payload.count < 2 ? 0 : Int(payload[0]) << 8 | Int(payload[1]) }
    }

    private static let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
    let connection: RawClient

    /// The key, and what a server has to make of it, are the RFC's own.
    init(_ server: ProgramServer, _ path: String) throws {
        connection = try server.connect()
        let answer = try connection.get(
            path, "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        guard answer.status == 101, answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            answer["Upgrade"]?.lowercased() == "websocket", answer["Connection"]?.lowercased() == "upgrade"
        else { throw TestFailure("no WebSocket: \(answer.status) \(answer.fields)") }
    }

    func send(_ text: String) throws { try send(.text, Array(text.utf8)) }

    func send(_ kind: Message.Kind, _ payload: [UInt8]) throws {
        var frame: [UInt8] = [0x80 | kind.rawValue]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65_536: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default: frame += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        frame += Self.mask
        frame += payload.enumerated().map { $1 ^ Self.mask[$0 & 3] }
        try connection.send(frame)
    }

    /// The next message, whole: fragments are put together.
    func receive() throws -> Message {
        var (first, payload, isLast) = try receiveFrame()
        while !isLast {
            let (_, more, isEnd) = try receiveFrame()
            payload += more
            isLast = isEnd
        }
        guard let kind = Message.Kind(rawValue: first) else { throw TestFailure("a frame of kind \(first)") }
        return Message(kind: kind, payload: payload)
    }

    private func receiveFrame() throws -> (kind: UInt8, payload: [UInt8], isLast: Bool) {
        let head = try connection.read(2)
        guard head[0] & 0x70 == 0, head[1] & 0x80 == 0 else { throw TestFailure("a frame that begins with \(head)") }
        var count = Int(head[1])
        if count >= 126 { count = try connection.read(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
        return (head[0] & 0x0f, try connection.read(count), head[0] & 0x80 != 0)
    }
}

import Testing
import WeirTestSupport

extension Programs {
    /// An ES module with Debian's `ws`.
    @Suite("WebSockets", .webSockets)
    struct WebSocketTests {
        private let server: ProgramServer

        init() throws { server = try ProgramServer(.node("node-esm-ws", entry: "server.mjs")) }

        @Test("messages come back as they were sent, small and large")
        func echo() throws {
            let socket = try WebSocketClient(server, "/echo")
            try socket.send("hello ✓")
            #expect(try socket.receive().text == "hello ✓")
            let large = (0..<1 << 20).map { UInt8($0 % 251) }
            try socket.send(.binary, large)
            #expect(try socket.receive() == .init(kind: .binary, payload: large))
            try socket.send(.ping, [1, 2, 3])
            #expect(try socket.receive() == .init(kind: .pong, payload: [1, 2, 3]))
        }

        @Test("a message reaches everybody in the room, and pages go on beside it")
        func broadcast() throws {
            let sockets = try (0..<5).map { _ in try WebSocketClient(server, "/chat") }
            try sockets[0].send("good morning")
            for socket in sockets { #expect(try socket.receive().text == "good morning") }
            #expect(try server.get("/").text == "5 in the room\n")
            try eventually("the status says so") { try server.app().programs?.first?.tunnels == 5 }
            sockets[1].connection.close()
            try eventually("one left the room") { try server.get("/").text == "4 in the room\n" }
        }

        @Test("a close is answered, and the connection ends")
        func close() throws {
            let socket = try WebSocketClient(server, "/echo")
            try socket.send(.close, [3, 232])
            let answer = try socket.receive()
            #expect(answer.kind == .close && answer.code == 1000)
            #expect(socket.connection.isEnded(within: 5))
            try eventually("no tunnel is left") { try server.app().programs?.first?.tunnels == 0 }
        }

        @Test("an upgrade that the application refuses is an answer like others")
        func refused() throws {
            let answer = try server.get(
                "/nowhere", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
            #expect(answer.status == 404)
        }

        @Test("a connection that ends in the middle of a message breaks only itself")
        func broken() throws {
            let (one, other) = (try WebSocketClient(server, "/echo"), try WebSocketClient(server, "/echo"))
            try one.connection.send([0x81, 0xfe, 0x10])
            one.connection.reset()
            try other.send("still here")
            #expect(try other.receive().text == "still here")
        }
    }
}

import Testing
import WeirTestSupport

extension Programs {
    @Suite("Python", .python)
    struct PythonTests {
        /// What Python's own `http.server` takes to listen on a unix socket.
        private static let onSocket = """
            import http.server, socketserver, sys
            class Handler(http.server.SimpleHTTPRequestHandler):
                def address_string(self):
                    return "local"
            class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
                daemon_threads = True
            Server(sys.argv[1], Handler).serve_forever()
            """

        private static let onPort = """
            import http.server, os
            address = ("127.0.0.1", int(os.environ["PORT"]))
            http.server.ThreadingHTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
            """

        private let files: TemporaryDirectory

        init() throws {
            files = try TemporaryDirectory()
            try files.write("hello.txt", "hello from Python\n")
        }

        private func serve(_ command: String...) throws -> ProgramServer {
            try ProgramServer(.command(["/usr/bin/python3"] + command, root: files.path, processes: 2))
        }

        /// It speaks HTTP/1.0, and closes after each answer.
        private func expectToServe(_ server: ProgramServer) throws {
            let client = try server.connect()
            for _ in 0..<5 { #expect(try client.get("/hello.txt").text == "hello from Python\n") }
            #expect(try client.get("/nowhere").status == 404)
            #expect(try client.exchange("HEAD /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n")["Content-Length"] == "18")
        }

        @Test("a program is given a socket in its command")
        func socket() throws { try expectToServe(serve("-c", Self.onSocket, "{socket}")) }

        @Test("a program is given a port in its environment")
        func portInTheEnvironment() throws { try expectToServe(serve("-c", Self.onPort)) }

        @Test("a program is given a port in its command")
        func portInTheCommand() throws {
            try expectToServe(serve("-m", "http.server", "--bind", "127.0.0.1", "{port}"))
        }
    }
}

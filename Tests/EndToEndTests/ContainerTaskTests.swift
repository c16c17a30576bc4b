import Foundation
import Testing
import WeirTestSupport

@Suite("Limits of an ECS task", .installed("/usr/bin/python3", package: "python3"))
struct ContainerTaskTests {
    private static let settings = "health: {metrics: /metrics}\n" + Site.php()

    private static let endpoint = """
        import http.server
        class Task(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = b'{"Limits": {"CPU": 0.25, "Memory": 300}}' if self.path == '/v4/x/task' else b'{}'
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        server = http.server.HTTPServer(('127.0.0.1', 0), Task)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    private func options(_ address: String) -> WeirProcess.Options {
        var options = WeirProcess.Options()
        options.environment["ECS_CONTAINER_METADATA_URI_V4"] = address
        return options
    }

    @Test func theyCountWhereTheyAreTheLeast() throws {
        let endpoint = try Command(["python3", "-c", Self.endpoint])
        eventually("it listens") { endpoint.output.hasSuffix("\n") }
        let port = endpoint.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let server = try WeirProcess(Site.echo(), Self.settings, options: options("http://127.0.0.1:\(port)/v4/x"))
        let page = try server.metrics()
        #expect(page.sum("weir_container_cpu_cores") == 0.25)
        #expect(page.sum("weir_container_memory_limit_bytes") == 300 * 1_048_576)
        #expect(!server.standardError.contains("container.task_unreadable"))
        try endpoint.end()
    }

    @Test func theServerGoesOnWithoutThem() throws {
        let server = try WeirProcess(Site.echo(), Self.settings, options: options("http://127.0.0.1:1/v4/x"))
        #expect(try server.metrics().sum("weir_container_cpu_cores") > 0)
        eventually("it is in the log") { server.standardError.contains("container.task_unreadable") }
    }
}

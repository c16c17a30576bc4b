import Foundation
import Testing
import WeirTestSupport

extension Programs {
    @Suite("Node.js behind what starts it", .express)
    struct StarterTests {
        private let files: TemporaryDirectory

        init() throws {
            files = try TemporaryDirectory()
            try files.write(
                "server.js", "require('http').createServer((q, a) => a.end('from ' + process.pid)).listen(3000)")
            // As npm does: the application is a child of another process of Node.js.
            try files.write("start.js", "require('child_process').spawn('node', ['server.js'], {stdio: 'inherit'})")
        }

        private func serve(_ lines: String...) throws -> ProgramServer {
            try ProgramServer(
                ProgramApp(lines: ["runtime: node", "root: \(files.path)", "pool: {max_workers: 2}"] + lines))
        }

        @Test("the application listens for Weir, whoever started it")
        func child() throws {
            let server = try serve("command: [node, start.js]")
            let pid = try #require(Int32(try server.get("/").text.dropFirst("from ".count)))
            #expect(try server.pids().contains(pid) == false)
            #expect(server.weir.stop() == 0)
            #expect(kill(pid, 0) != 0, "it ends with its starter")
        }

        @Test("package.json's start script is what runs")
        func startScript() throws {
            try files.write("package.json", #"{"scripts": {"start": "NODE_ENV=test node server.js"}}"#)
            #expect(try serve().get("/").text.hasPrefix("from "))
        }
    }
}

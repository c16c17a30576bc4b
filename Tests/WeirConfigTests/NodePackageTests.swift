import Testing

@testable import WeirConfig

@Suite("How a Node.js package says that it is started")
struct NodePackageTests {
    private func start(_ package: String, files: [String] = []) -> NodePackage.Start? {
        let present = Set(["/srv/app/package.json"] + files.map { "/srv/app/\($0)" })
        let facts = FileFacts(text: { _ in package }, kind: { present.contains($0) ? .file : .missing })
        return NodePackage(in: "/srv/app", facts)?.start
    }

    @Test(
        "the start script decides",
        arguments: [
            ("node server.js", NodePackage.Start.entry("server.js", arguments: [])),
            (
                "node --enable-source-maps dist/main.js",
                .entry("dist/main.js", arguments: ["--enable-source-maps"])
            ),
            ("next start -p 3000", .command(["next", "start", "-p", "3000"])),
            ("node server.js --port 3000", .command(["node", "server.js", "--port", "3000"])),
            ("NODE_ENV=production node x.js", .command(["/bin/sh", "-c", "NODE_ENV=production node x.js"])),
            ("npm run build && node x.js", .command(["/bin/sh", "-c", "npm run build && node x.js"])),
        ])
    func startScript(script: String, expected: NodePackage.Start) {
        #expect(start(#"{"scripts": {"start": "\#(script)"}, "main": "other.js"}"#, files: ["other.js"]) == expected)
    }

    @Test("without a start script it is server.js, then main, then a usual name")
    func withoutScript() {
        #expect(start(#"{"main": "a.js"}"#, files: ["a.js", "server.js"]) == .entry("server.js", arguments: []))
        #expect(start(#"{"main": "lib/a"}"#, files: ["lib/a.js", "app.js"]) == .entry("lib/a.js", arguments: []))
        #expect(start("{}", files: ["app.js"]) == .entry("app.js", arguments: []))
        #expect(start("{}") == nil)
    }

    @Test("a package indented with tabs is read, and one that is broken says nothing")
    func writing() {
        #expect(
            start("{\n\t\"scripts\": {\n\t\t\"start\": \"node a.js\"\n\t}\n}") == .entry("a.js", arguments: []))
        #expect(start("{ nonsense", files: ["index.js"]) == .entry("index.js", arguments: []))
    }
}

import Foundation
import Testing
import WeirTestSupport

/// An app as the configuration names it.
struct ProgramApp {
    var name = "app"
    /// Its keys, a line each. `SCRATCH` becomes the directory that programs may write to.
    var lines: [String]

    func yaml(scratch: String) -> String {
        (["  \(name):"] + lines.map { "    " + $0.replacing("SCRATCH", with: scratch) }).map { $0 + "\n" }.joined()
    }

    /// One of `Tests/Applications`, by Debian's Node.js and its packages. `keys`: further ones of the app, a line each.
    static func node(
        _ directory: String, entry: String = "server.js", name: String = "app", processes: Int = 1,
        environment: [String: String] = [:], _ keys: String = ""
    ) -> ProgramApp {
        let variables = environment.merging(["NODE_PATH": "/usr/share/nodejs", "SSE_LOG": "SCRATCH/sse"]) { own, _ in
            own
        }
        return ProgramApp(
            name: name,
            lines: [
                "runtime: node", "root: \(Package.path("Tests/Applications/\(directory)"))", "entry: \(entry)",
                "environment: \(flow(variables))",
            ] + pool(processes, keys))
    }

    /// The Go server of `Tests/Applications`, on a unix socket.
    static func go(
        name: String = "app", processes: Int = 1, environment: [String: String] = [:], _ keys: String = ""
    ) throws -> ProgramApp {
        .command([try GoServer.path(), "{socket}"], name: name, processes: processes, environment: environment, keys)
    }

    /// Any program.
    static func command(
        _ command: [String], name: String = "app", root: String = "/", processes: Int = 1,
        environment: [String: String] = [:], _ keys: String = ""
    ) -> ProgramApp {
        let words = command.map(quoted).joined(separator: ", ")
        return ProgramApp(
            name: name,
            lines: ["runtime: http", "root: \(root)", "command: [\(words)]", "environment: \(flow(environment))"]
                + pool(processes, keys))
    }

    /// Servers that somebody else runs.
    static func external(_ ports: Int..., name: String = "app", keys: String = "") -> ProgramApp {
        let addresses = ports.map { "127.0.0.1:\($0)" }.joined(separator: ", ")
        return ProgramApp(name: name, lines: ["runtime: http", "address: [\(addresses)]"] + written(keys))
    }

    private static func pool(_ processes: Int, _ keys: String) -> [String] {
        let own = written(keys)
        return own + (own.contains { $0.hasPrefix("pool:") } ? [] : ["pool: {max_workers: \(processes)}"])
    }

    private static func written(_ keys: String) -> [String] { keys.split(separator: "\n").map(String.init) }

    private static func flow(_ values: [String: String]) -> String {
        "{" + values.sorted { $0.key < $1.key }.map { "\($0): \(quoted($1))" }.joined(separator: ", ") + "}"
    }

    /// Between double quotes, a line's end may be written.
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}

/// The Go server of `Tests/Applications`, built once for all tests.
enum GoServer {
    private static let built = Result { () throws -> String in
        let file = Package.path(".build/go-server")
        let build = try Command([Package.path("Tests/Applications/go-server/build.sh"), file])
        guard try build.finish(within: 240) == 0 else { throw TestFailure("the Go server: \(build.output)") }
        return file
    }

    static func path() throws -> String { try built.get() }
}

extension Trait where Self == ConditionTrait {
    static var node: Self { .installed("/usr/bin/node", package: "nodejs") }
    static var express: Self { .installed("/usr/bin/node", "/usr/share/nodejs/express", package: "node-express") }
    static var webSockets: Self { .installed("/usr/bin/node", "/usr/share/nodejs/ws", package: "node-ws") }
    static var go: Self { .installed("/usr/bin/go", package: "golang-go") }
    static var python: Self { .installed("/usr/bin/python3", package: "python3") }
}

import Foundation
import Testing
import WeirTestSupport

/// The tests of this target. One after the other: they are about time, and each has a server of its own.
@Suite("PHP applications", .serialized)
struct PHPApplications {}

/// `Site`'s scripts, served with settings of the test's own.
final class PHPServer {
    let weir: WeirProcess
    /// Where workers may write.
    let scratch: TemporaryDirectory

    static let site = Package.path("Tests/PHPTests/Site")

    /// `app`: further keys of the app, a line each. `top`: of the file. `ini`: of `php.ini`. `apps`: more of them.
    init(
        workers: Int = 2, pool: String? = nil, app: String = "", top: String = "", ini: String? = "output_buffering: 0",
        health: String = "{status: /status}", apps: String = "", options: WeirProcess.Options = .init()
    ) throws {
        scratch = try TemporaryDirectory()
        chmod(scratch.path, 0o777)
        let extra = app.split(separator: "\n").map { "    \($0)\n" }.joined()
        let yaml = """
            health: \(health)
            \(top)
            apps:
              app:
                runtime: php
                root: \(Self.site)
                entry: index.php
                pool: \(pool ?? "{manager: static, max_workers: \(workers)}")
                environment: {SCRATCH: \(scratch.path)}
            \(ini.map { "    php: {ini: {\($0)}}\n" } ?? "")\(extra)
            \(apps)
            """
        weir = try WeirProcess(try Self.configuration(), yaml, options: options)
    }

    private static func configuration() throws -> TemporaryDirectory { try TemporaryDirectory() }

    // MARK: Requests

    func connect() throws -> RawClient { try weir.connect() }

    func get(_ path: String, _ fields: String...) throws -> RawAnswer {
        try weir.connect().exchange(RawRequest.get(path, fields + ["Connection: close"]))
    }

    /// Sends a request and leaves it there: its answer is for later.
    func begin(_ path: String, _ fields: String...) throws -> RawClient {
        let client = try weir.connect(patience: 30)
        try client.send(RawRequest.get(path, fields))
        return client
    }

    // MARK: What became of it

    /// The lines that scripts have appended to a file of the scratch directory.
    func lines(_ name: String) -> [String] {
        let text = try? String(contentsOfFile: scratch(name), encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    func status() throws -> ServerStatus {
        let answer = try get("/status")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ServerStatus.self, from: Data(answer.body))
    }

    func app(_ index: Int = 0) throws -> ServerStatus.App { try status().apps[index] }

    func pool(_ index: Int = 0) throws -> ServerStatus.Pool { try #require(try app(index).pool) }

    /// Until all workers that the pool wants are there and idle.
    @discardableResult
    func waitUntilIdle(_ workers: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> ServerStatus.Pool {
        try eventually("\(workers) idle workers", sourceLocation: sourceLocation) {
            let pool = try pool()
            return pool.idle == workers && pool.starting == 0 && pool.leaving == 0
        }
        return try pool()
    }

    /// A line of Weir's log, once it is there.
    func logLine(_ parts: String...) throws -> String {
        var found: String?
        _ = holds(within: 5) {
            found = weir.standardError.split(separator: "\n").map(String.init).first { line in
                parts.allSatisfy(line.contains)
            }
            return found != nil
        }
        return try #require(found, "no line with \(parts) in:\n\(weir.standardError)")
    }

    /// Ends the server, which is to be quick and in order.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(weir.stop() == 0, "\(weir.standardError)", sourceLocation: sourceLocation)
    }
}

/// `/status`, as far as the tests look.
struct ServerStatus: Decodable {
    struct Worker: Decodable {
        let id: Int
        let pid: Int32?
        let state: String
        let requests: Int
    }

    struct Failure: Decodable {
        let pid: Int32?
        let what: String
        let lastWords: [String]
        let requests: Int
    }

    struct Pool: Decodable {
        let available: Bool
        let target, starting, idle, active, leaving, started, died, killed, maxChildrenReached: Int
        let lastFailure: String?
        let recentFailures: [Failure]
        let workers: [Worker]

        var pids: Set<Int32> { Set(workers.compactMap(\.pid)) }
    }

    struct Queue: Decodable {
        let length, maxReached: Int
        let shed: [String: Int]
    }

    struct App: Decodable {
        let name: String
        let accepted, completed, active, idle, maxActiveReached: Int
        let concurrencyLimit: Int?
        let queue: Queue
        let pool: Pool?
    }

    struct Connections: Decodable {
        let open: Int
    }

    let connections: Connections
    let apps: [App]
}

extension RawAnswer {
    /// The body as a JSON object.
    func object() throws -> [String: Any] {
        let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return try #require(object, "\(status) \(text)")
    }
}

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

    func status() throws -> ServerStatus { try weir.status() }

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

    func logLine(_ parts: String...) throws -> String { try weir.logLine(parts) }

    /// Ends the server, which is to be quick and in order.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(weir.stop() == 0, "\(weir.standardError)", sourceLocation: sourceLocation)
    }
}

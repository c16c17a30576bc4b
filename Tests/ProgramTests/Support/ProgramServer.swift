import Foundation
import Testing
import WeirTestSupport

/// The tests of this target. One after the other: they are about time, and each has a server of its own.
@Suite("Programs that speak HTTP", .serialized)
struct Programs {}

/// Weir before programs of the test's own choice.
final class ProgramServer {
    let weir: WeirProcess
    /// Where programs may write.
    let scratch: TemporaryDirectory
    private let directory: TemporaryDirectory

    /// The first app gets what no route takes. `top`: further keys of the file.
    init(_ apps: ProgramApp..., top: String = "", bootTime: Double = 20, waits: Bool = true) throws {
        scratch = try TemporaryDirectory()
        chmod(scratch.path, 0o777)
        directory = try TemporaryDirectory()
        try directory.makeDirectory("run", mode: 0o777)
        var options = WeirProcess.Options()
        options.bootTime = bootTime
        weir = try WeirProcess(directory, Self.settings(apps, top, scratch), options: options)
        if waits { try waitUntilReady() }
    }

    private static func settings(_ apps: [ProgramApp], _ top: String, _ scratch: TemporaryDirectory) -> String {
        """
        health: {status: /status}
        admin: "unix:run/admin.sock"
        \(top)
        apps:
        \(apps.map { $0.yaml(scratch: scratch.path) }.joined())
        """
    }

    // MARK: Requests

    func connect(patience: Double = 15) throws -> RawClient { try weir.connect(patience: patience) }

    func get(_ path: String, _ fields: String...) throws -> RawAnswer {
        try connect().exchange(RawRequest.get(path, fields + ["Connection: close"]))
    }

    /// Sends a request and leaves it there: its answer is for later.
    func begin(_ path: String, _ fields: String...) throws -> RawClient {
        let client = try weir.connect(patience: 30)
        try client.send(RawRequest.get(path, fields))
        return client
    }

    // MARK: What became of it

    /// The lines that programs have appended to a file of the scratch directory.
    func lines(_ name: String) -> [String] {
        let text = try? String(contentsOfFile: scratch(name), encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    func status() throws -> ServerStatus { try weir.status() }

    func app(_ index: Int = 0) throws -> ServerStatus.App { try status().apps[index] }

    /// The processes of an app that have come up and were not told to leave.
    func pids(_ index: Int = 0) throws -> Set<Int32> {
        let workers = try #require(try app(index).pool).workers
        return Set(workers.filter { $0.state == "idle" || $0.state == "busy" }.compactMap(\.pid))
    }

    func waitUntilReady(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let isReady = try holds(within: 15) {
            try status().apps.allSatisfy { app in
                guard let pool = app.pool else { return true }
                return pool.idle + pool.active >= pool.target && pool.starting == 0
            }
        }
        try #require(isReady, "not ready:\n\(weir.standardError)", sourceLocation: sourceLocation)
    }

    func logLine(_ parts: String..., within seconds: Double = 5) throws -> String {
        try weir.logLine(parts, within: seconds)
    }

    /// Where commands reach it.
    var admin: String { "unix:" + directory("run/admin.sock") }

    func reload() throws -> RawAnswer {
        try RawClient(unix: directory("run/admin.sock"), patience: 30).exchange(RawRequest.post("/reload", ""))
    }

    /// Ends the server, which is to be quick and in order.
    func stop(within seconds: Double = 15, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(weir.stop(within: seconds) == 0, "\(weir.standardError)", sourceLocation: sourceLocation)
    }
}

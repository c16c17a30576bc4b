import Foundation
import Testing
import WeirTestSupport

/// A server with programs beside a route that is answered whatever they do.
final class SupervisedSite {
    let site: TemporaryDirectory
    let server: WeirProcess
    let admin: RawClient

    /// `run/` is where the programs may write.
    init(_ yaml: String, environment: [String: String] = [:], prepare: (TemporaryDirectory) throws -> Void = { _ in })
        throws
    {
        site = try TemporaryDirectory()
        try site.makeDirectory("run", mode: 0o777)
        try prepare(site)
        var options = WeirProcess.Options()
        options.environment = environment
        server = try WeirProcess(site, Self.settings(yaml), options: options)
        admin = try RawClient(unix: site("run/admin.sock"))
    }

    static func settings(_ yaml: String) -> String {
        """
        admin: "unix:run/admin.sock"
        health: {metrics: /metrics}
        access_log: off
        routes: [{path: /fixed, respond: 200}]
        \(yaml)

        """
    }

    func reload(_ yaml: String) throws -> Int {
        try site.write("weir.yaml", Self.settings(yaml))
        return try admin.exchange(RawRequest.post("/reload", "", [])).status
    }

    var log: String { server.standardError }

    /// Of the log, those with all of these words.
    func lines(_ words: String...) -> [String] {
        log.split(separator: "\n").map(String.init).filter { line in words.allSatisfy { line.contains($0) } }
    }

    func text(_ name: String) -> String {
        (try? String(contentsOfFile: site("run/\(name)"), encoding: .utf8)) ?? ""
    }

    func fileLines(_ name: String) -> [String] { text(name).split(separator: "\n").map(String.init) }

    /// The instances that `/status` tells of.
    func processes(_ name: String) throws -> [[String: Any]] {
        try status("processes").filter { $0["name"] as? String == name }
    }

    func entry(_ name: String) throws -> [String: Any] {
        try #require(try status("schedule").first { $0["name"] as? String == name })
    }

    private func status(_ key: String) throws -> [[String: Any]] {
        let answer = try admin.get("/status")
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return try #require(object?[key] as? [[String: Any]])
    }

    func pids(_ name: String) throws -> [Int] { try processes(name).compactMap { $0["pid"] as? Int } }

    static func isAlive(_ pid: Int) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ")").last?.hasPrefix(" Z") == false
    }
}

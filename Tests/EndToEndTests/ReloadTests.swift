import Foundation
import Testing
import WeirTestSupport

@Suite("Reloads that change listeners and logs")
struct ReloadTests {
    private let site: TemporaryDirectory
    private let server: WeirProcess
    private let admin: RawClient

    /// Listens on the unix socket `a`.
    init() throws {
        site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        var options = WeirProcess.Options()
        options.listen = nil
        server = try WeirProcess(site, Self.settings(socket: "a"), options: options)
        admin = try RawClient(unix: site("run/admin.sock"))
        try #require(eventually("ready") { try admin.get("/ready").status == 200 })
    }

    private static func settings(socket: String, warm: String = "/") -> String {
        """
        listen: "unix:run/\(socket).sock"
        admin: "unix:run/admin.sock"
        access_log: {path: run/\(socket).log}
        apps:
          web: {runtime: php, root: ., entry: index.php, pool: {manager: static, max_workers: 1}, warm: [\(warm)]}
        """
    }

    private func reload(_ settings: String) throws -> Int {
        try site.write("weir.yaml", settings)
        return try admin.exchange(RawRequest.post("/reload", "", [])).status
    }

    private func isAnswered(on socket: String) -> Bool {
        (try? RawClient(unix: site("run/\(socket).sock")).get("/x").status) == 200
    }

    private func log(_ name: String) -> String {
        (try? String(contentsOfFile: site("run/\(name).log"), encoding: .utf8)) ?? ""
    }

    @Test func anotherAddressTakesOver() throws {
        #expect(isAnswered(on: "a"))
        #expect(try reload(Self.settings(socket: "b")) == 200)
        #expect(isAnswered(on: "b") && !isAnswered(on: "a"))
        eventually("it is in the other log") { log("b").contains("/x") }
    }

    @Test func theAdminSocketGetsOtherPermissionsAndStays() throws {
        let other = Self.settings(socket: "a").replacing(
            "admin: \"unix:run/admin.sock\"", with: "admin: {listen: \"unix:run/admin.sock\", mode: \"0660\"}")
        #expect(try reload(other) == 200)
        var facts = stat()
        #expect(stat(site("run/admin.sock"), &facts) == 0 && facts.st_mode & 0o777 == 0o660)
        #expect(
            try admin.get("/ready").status == 200 && RawClient(unix: site("run/admin.sock")).get("/ready").status == 200
        )
    }

    /// Whatever had been prepared: its listener, its log.
    @Test func oneThatFailsLeavesNothingBehind() throws {
        try site.write("bad.php", "<?php http_response_code(500);")
        #expect(try reload(Self.settings(socket: "b", warm: "/bad.php")) == 500)
        #expect(isAnswered(on: "a") && !isAnswered(on: "b"))
        // The log that is written is the one that is opened again.
        eventually("it is in the log") { log("a").contains("/x") }
        #expect(rename(site("run/a.log"), site("run/a.old")) == 0)
        #expect(try admin.exchange(RawRequest.post("/log/reopen", "", [])).status == 200)
        #expect(isAnswered(on: "a"))
        eventually("it is in the new file") { log("a").contains("/x") }
    }
}

import Foundation
import Testing
import WeirTestSupport

@Suite("Metrics over reloads")
struct MetricsReloadTests {
    private static func settings(_ apps: String) -> String {
        "access_log: \"off\"\nhealth: {metrics: /metrics}\napps:\n  web: {runtime: php, root: ., pool: {manager: static, max_workers: 2}}\n"
            + apps
    }

    private static let other = "  other: {runtime: fastcgi, root: ., entry: index.php, address: \"127.0.0.1:1\"}\n"
    private static let lane = "lanes: {bulk: {concurrency: 1}}\nroutes: [{path: /bulk/*, app: web, lane: bulk}]\n"

    /// Under load, over reloads with and without changes, no counter of what stays configured goes back.
    @Test func countersGoOn() throws {
        let site = try Site.echo()
        let server = try WeirProcess(site, Self.settings(Self.lane))
        let load = Load(port: server.port, clients: 4, paths: ["/", "/?sleep=0.05", "/bulk/x"])
        var last = try server.metrics()
        for round in 1...4 {
            try site.write("weir.yaml", Self.settings(round % 2 == 1 ? Self.other + Self.lane : Self.lane))
            server.signal(SIGHUP)
            try eventually("reload \(round)") {
                let page = try server.metrics()
                for (series, value) in last.values where last.isCounter(series) && series.labels["app"] != "other" {
                    #expect(page.values[series] ?? -1 >= value, "\(series) in round \(round)")
                }
                last = page
                return page.sum("weir_reloads_total", ["result": "done"]) == Double(round)
            }
        }
        let outcomes = load.stop()
        #expect(outcomes.failed == 0)
        let answered = Double(outcomes.statuses.values.reduce(0, +))
        eventually("all are counted") {
            (try? server.metrics().sum("weir_requests_total", ["app": "web"])) == answered
        }
        #expect(try server.metrics().sum("weir_generation", ["app": "web"]) == 5)
        eventually("the old workers are gone") { (try? server.metrics().sum("weir_workers", ["app": "web"])) == 2 }
        #expect(try server.metrics().sum("weir_worker_starts_total", ["app": "web"]) == 10)
    }

    /// `/status` and php-fpm's page say the same.
    @Test func theStatusPagesGoOn() throws {
        let site = try Site.echo()
        let settings = Self.settings("").replacing("metrics: /metrics", with: "metrics: /metrics, status: /status")
        let server = try WeirProcess(site, settings)
        for _ in 0..<5 { #expect(try server.get("/").status == 200) }
        func app() throws -> [String: Any] {
            let page = try JSONSerialization.jsonObject(with: Data(server.get("/status").body)) as? [String: Any]
            return try #require((page?["apps"] as? [[String: Any]])?.first)
        }
        try eventually("all are counted") { try app()["completed"] as? Int == 5 }
        server.signal(SIGHUP)
        eventually("reloaded") { (try? server.metrics().sum("weir_reloads_total", ["result": "done"])) == 1 }
        #expect(try server.get("/").status == 200)
        try eventually("one more") { try app()["completed"] as? Int == 6 }
        let now = try app()
        #expect(now["accepted"] as? Int == 6 && now["max_active_reached"] as? Int ?? 0 >= 1)
        #expect((now["pool"] as? [String: Any])?["started"] as? Int == 4)
        let page = try JSONSerialization.jsonObject(with: Data(server.get("/status?json").body)) as? [String: Any]
        #expect(page?["accepted conn"] as? Int == 6 && page?["max active processes"] as? Int ?? 0 >= 1)
    }

    @Test func aRemovedAppAndLaneTakeTheirSeriesAlong() throws {
        let site = try Site.echo()
        let server = try WeirProcess(
            site,
            Self.settings(
                Self.other + "lanes: {bulk: {concurrency: 1}}\n"
                    + "routes: [{path: /bulk/*, app: web, lane: bulk}, {path: /other, app: other}]\n"))
        for path in ["/", "/bulk/x", "/other"] { _ = try server.get(path) }
        // A request is counted when its answer is out: the client may be quicker.
        eventually("all are counted") {
            guard let page = try? server.metrics() else { return false }
            return page.sum("weir_requests_total", ["app": "other"]) == 1
                && page.sum("weir_requests_total", ["lane": "bulk"]) == 1
                && page.sum("weir_requests_total", ["lane": "default", "app": "web"]) == 1
        }
        try site.write("weir.yaml", Self.settings(""))
        server.signal(SIGHUP)
        eventually("reloaded") { (try? server.metrics().sum("weir_reloads_total", ["result": "done"])) == 1 }
        let after = try server.metrics()
        #expect(!after.series.contains { $0.labels["app"] == "other" })
        #expect(!after.series.contains { $0.labels["lane"] == "bulk" })
        #expect(after.sum("weir_requests_total", ["app": "web", "lane": "default", "status": "200"]) == 1)
    }

    @Test func aReloadThatIsRefusedIsCountedAndChangesNothing() throws {
        let site = try Site.echo()
        let server = try WeirProcess(site, Self.settings(Self.lane))
        let before = try server.metrics().series.count
        try site.write("weir.yaml", "apps: {web: {nonsense: 1}}\n")
        server.signal(SIGHUP)
        eventually("refused") { (try? server.metrics().sum("weir_reloads_total", ["result": "refused"])) == 1 }
        #expect(try server.get("/").status == 200)
        #expect(try server.metrics().series.count >= before)
    }
}

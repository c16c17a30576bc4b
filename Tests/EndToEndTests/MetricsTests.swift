import Foundation
import Testing
import WeirTestSupport

@Suite("Metrics")
struct MetricsTests {
    /// Two apps, one with a lane and one whose server is not there; files, a redirect, a fixed answer.
    private func server(_ accessLog: String = "json") throws -> WeirProcess {
        let site = try Site.echo()
        try site.write("a.txt", String(repeating: "a", count: 1_000))
        return try WeirProcess(
            site,
            """
            access_log: "\(accessLog)"
            health: {metrics: /metrics}
            apps:
              web: {runtime: php, root: ., pool: {manager: static, max_workers: 2}, queue: {limit: 4}}
              gone: {runtime: fastcgi, root: ., entry: index.php, address: "127.0.0.1:1"}
            lanes: {bulk: {concurrency: 1}}
            routes:
              - {path: /bulk/*, app: web, lane: bulk}
              - {path: /gone/*, app: gone}
              - {path: /moved, redirect: /x}
              - {path: /fixed, respond: {status: 418, body: "short and stout"}}
            """)
    }

    private static let paths = [
        "/", "/a.txt", "/?sleep=0.02", "/bulk/x?sleep=0.01", "/gone/x", "/moved", "/fixed", "/health", "/a.txt",
    ]

    @Test(.installed("/usr/bin/promtool", package: "prometheus"))
    func promtoolFindsNothingToSayAboutThemUnderLoad() throws {
        let server = try server()
        let load = Load(port: server.port, clients: 12, paths: Self.paths)
        eventually("all kinds of answers") {
            let page = try? server.metrics()
            return page.map { $0.sum("weir_requests_total") > 200 && $0.sum("weir_shed_total") > 0 } ?? false
        }
        let page = try server.get("/metrics").text
        _ = load.stop()
        let scratch = try TemporaryDirectory()
        try scratch.write("metrics", page)
        let check = try Command(["sh", "-c", "promtool check metrics < \(scratch("metrics"))"])
        #expect(try check.finish(within: 20) == 0, "\(check.output)")
        #expect(check.output.isEmpty, "\(check.output)")
    }

    @Test func countersNeverGoBackAndHistogramsAreCumulative() throws {
        let server = try server()
        let load = Load(port: server.port, clients: 6, paths: Self.paths)
        var last = try server.metrics()
        for _ in 0..<40 {
            let page = try server.metrics()
            for (series, value) in last.values where last.isCounter(series) {
                #expect(page.values[series] ?? -1 >= value, "\(series)")
            }
            for (family, type) in page.types where type == "histogram" { expectCumulative(page, family) }
            last = page
        }
        #expect(load.stop().broken.isEmpty)
        #expect(last.sum("weir_requests_total") > 0)
    }

    private func expectCumulative(_ page: MetricsPage, _ family: String) {
        var below: [[String: String]: Double] = [:]
        for series in page.series where series.name == family + "_bucket" {
            var labels = series.labels
            labels["le"] = nil
            let value = page.values[series] ?? -1
            #expect(value >= below[labels] ?? 0, "\(series)")
            below[labels] = value
        }
        #expect(!below.isEmpty)
        for (labels, most) in below {
            // The last one is without bound, and so all there is.
            #expect(page.values[MetricsPage.Series(name: family + "_count", labels: labels)] == most, "\(family)")
        }
    }

    @Test func sumsAgreeWithTheAccessLog() throws {
        let server = try server()
        let load = Load(port: server.port, clients: 8, paths: Self.paths)
        eventually("some requests") { server.accessLines.count > 500 }
        let outcomes = load.stop()
        #expect(outcomes.broken.isEmpty)
        // One whose client leaves while a worker has it, and one that never was a request.
        let leaving = try server.connect()
        try leaving.send(RawRequest.get("/?sleep=0.3"))
        eventually("it runs") { (try? server.metrics().sum("weir_requests_running")) == 1 }
        leaving.close()
        eventually("it left") { server.standardOutput.contains("\"status\":499") }
        try server.connect().send("nonsense\r\n\r\n")
        eventually("it was refused") { server.standardOutput.contains("\"status\":400") }

        // The page is written before its own line; the line of the page before it may still be on its way to the file.
        eventually("all lines are there") {
            guard let page = try? server.metrics(), let lines = try? server.accessLog() else { return false }
            let counted = ["weir_requests_total", "weir_static_requests_total", "weir_own_requests_total"]
                .reduce(0) { $0 + page.sum($1) }
            return Int(counted) <= lines.count
        }
        let page = try server.metrics()
        let lines = try server.accessLog()
        func count(_ isMeant: ([String: Any]) -> Bool) -> Double { Double(lines.count(where: isMeant)) }
        for (app, lane) in [("web", "default"), ("web", "bulk"), ("gone", "default")] {
            let own = lines.filter { $0["app"] as? String == app && $0["lane"] as? String == lane }
            #expect(!own.isEmpty)
            for status in Set(own.compactMap { $0["status"] as? Int }) {
                let labels = ["app": app, "lane": lane, "status": "\(status)"]
                #expect(
                    page.sum("weir_requests_total", labels)
                        == Double(own.count { $0["status"] as? Int == status }), "\(labels)")
            }
            for (family, key) in [
                ("weir_service_seconds", "worker_time"), ("weir_queue_wait_seconds", "queue_wait"),
                ("weir_request_seconds", "total"),
            ] {
                let logged = own.compactMap { $0[key] as? Double }.reduce(0, +)
                let counted = page.sum(family + "_sum", ["app": app, "lane": lane])
                // The log has whole microseconds.
                #expect(abs(logged - counted) <= 1e-6 * Double(own.count + 1), "\(family) \(app) \(lane)")
            }
        }
        let files = count { $0["path"] as? String == "/a.txt" }
        #expect(page.sum("weir_static_requests_total", ["status": "200"]) == files)
        for status in [302, 400, 418] {
            #expect(
                page.sum("weir_own_requests_total", ["status": status == 418 ? "4xx" : "\(status)"])
                    == count { $0["app"] == nil && $0["status"] as? Int == status }, "\(status)")
        }
        #expect(page.sum("weir_requests_total", ["status": "499"]) == 1)
        let shed = page.sum("weir_shed_total", ["app": "web"])
        #expect(shed == page.sum("weir_requests_total", ["app": "web", "status": "503"]))
        let sent = lines.compactMap { $0["bytes"] as? Double }.reduce(0, +)
        #expect(
            page.sum("weir_bytes_sent_total") > sent && page.sum("weir_bytes_received_total") > 20 * count { _ in true }
        )
    }

    @Test func requestsAreCountedWithoutAnAccessLogToo() throws {
        let server = try server("off")
        for _ in 0..<5 { #expect(try server.get("/").status == 200) }
        eventually("all are counted") {
            (try? server.metrics().sum("weir_requests_total", ["app": "web", "status": "200"])) == 5
        }
    }

    @Test func theyShowWhatIsGoingOn() throws {
        let server = try server()
        eventually("workers") { (try? server.metrics().sum("weir_workers", ["app": "web", "state": "idle"])) == 2 }
        let clients = try (0..<5).map { _ in try server.connect() }
        let idle = try (0..<3).map { _ in try server.connect() }
        for client in clients { try client.send(RawRequest.get("/?sleep=1.5")) }
        eventually("two run and three wait") {
            guard let page = try? server.metrics() else { return false }
            return page.sum("weir_requests_running", ["app": "web"]) == 2
                && page.sum("weir_queue_length", ["app": "web", "lane": "default"]) == 3
                && page.sum("weir_queue_longest_wait_seconds", ["app": "web"]) > 0.05
                && page.sum("weir_workers", ["app": "web", "state": "busy"]) == 2
        }
        eventually("a sweep has counted connections") {
            guard let page = try? server.metrics() else { return false }
            return page.sum("weir_connections", ["state": "active"]) >= 5
                && page.sum("weir_connections", ["state": "idle"]) == Double(idle.count)
        }
        for client in clients { #expect(try client.readAnswer().status == 200) }
        eventually("all are counted") {
            (try? server.metrics().sum("weir_service_seconds_count", ["app": "web", "lane": "default"])) == 5
        }
        eventually("memory was measured") { (try? server.metrics().has("weir_worker_memory_bytes")) ?? false }
        let page = try server.metrics()
        #expect(page.sum("weir_queue_wait_seconds_bucket", ["app": "web", "lane": "default", "le": "0.5"]) == 2)
        #expect(page.sum("weir_service_seconds_bucket", ["app": "web", "lane": "default", "le": "1.0"]) == 0)
        #expect(page.sum("weir_workers_max", ["app": "web"]) == 2)
        #expect(page.sum("weir_worker_starts_total", ["app": "web"]) == 2)
        #expect(page.sum("weir_connections_accepted_total") >= 8)
        #expect(page.sum("weir_event_loop_lag_seconds_count", ["loop": "edge"]) > 0)
        #expect(page.sum("weir_event_loop_lag_seconds_count", ["loop": "control"]) > 0)
        #expect(page.sum("weir_build_info") == 1)
        #expect(page.sum("weir_container_cpu_cores") > 0)
        #expect(abs(page.sum("process_start_time_seconds") - Date().timeIntervalSince1970) < 120)
        #expect(page.sum("process_cpu_seconds_total") > 0)
        let resident = Double(server.residentMemory)
        #expect((0.5...2).contains(page.sum("process_resident_memory_bytes") / resident))
        #expect(page.sum("process_open_fds") > 10 && page.sum("process_max_fds") > page.sum("process_open_fds"))
    }

    /// Whoever chooses the labels' values chooses how much memory the monitoring takes: that is nobody outside.
    @Test func clientsCannotMakeSeries() throws {
        let server = try server()
        _ = try server.get("/")
        eventually("it is counted") { (try? server.metrics().sum("weir_requests_total")) == 1 }
        // What memory workers have is measured some time later.
        func count() throws -> Int {
            try server.metrics().series.count { $0.name != "weir_worker_memory_bytes" }
        }
        let before = try count()
        for number in 0..<50 {
            let client = try server.connect()
            try client.send(
                "M\(number) /p\(number)?q=\(number) HTTP/1.1\r\nHost: h\(number)\r\nConnection: close\r\n\r\n")
            #expect(try client.readAnswer().status == 200)
        }
        // What is new: the status of this page itself.
        #expect(try count() <= before + 1)
    }

    @Test(.installed("/usr/bin/promtool", package: "prometheus"))
    func theAlertsInTheDocumentAreValidAndAboutSeriesThatExist() throws {
        let document = try String(contentsOfFile: Package.path("docs/metrics.md"), encoding: .utf8)
        let block = try #require(document.firstMatch(of: #/```yaml\n(groups:\n(?s:.*?))```/#)).1
        let scratch = try TemporaryDirectory()
        try scratch.write("rules.yaml", String(block))
        let check = try Command(["promtool", "check", "rules", scratch("rules.yaml")])
        #expect(try check.finish(within: 20) == 0, "\(check.output)")
        for name in Set(block.matches(of: #/\bweir_[a-z_]+/#).map { String($0.0) }) {
            let family = name.hasSuffix("_bucket") ? String(name.dropLast("_bucket".count)) : name
            #expect(document.contains("| `\(family)` |"), "\(name)")
        }
    }

    @Test func theAdminListenerHasThemAndOthersOnlyWhenToldTo() throws {
        let site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        let server = try WeirProcess(site, Site.php("admin: unix:run/admin.sock"))
        #expect(try MetricsPage(RawClient(unix: site("run/admin.sock")).get("/metrics").text).has("weir_build_info"))
        #expect(try server.get("/metrics").echoed()["uri"] as? String == "/metrics")
    }

    /// Of workers that have ended too, and of both sorts of memory.
    @Test func processorTimeAndMemoryOfWorkersAreCounted() throws {
        let site = try Site.echo()
        try site.write("spin.php", "<?php $end = hrtime(true) + 4e8; while (hrtime(true) < $end) {} echo getmypid();")
        let server = try WeirProcess(
            site,
            """
            health: {metrics: /metrics}
            apps: {web: {runtime: php, root: ., pool: {manager: static, max_workers: 1, max_requests: 1}}}
            """)
        func used() throws -> Double { try server.metrics().sum("weir_app_cpu_seconds_total", ["app": "web"]) }
        var last = 0.0
        for _ in 0..<4 {
            #expect(try server.get("/spin.php").status == 200)
            let now = try used()
            #expect(now >= last)
            last = now
        }
        // Each had the processor for some of its 0.4 s, however busy the machine is.
        try eventually("all four are counted") { try used() > 0.4 }
        try eventually("memory") {
            let page = try server.metrics()
            return page.sum("weir_worker_memory_bytes", ["kind": "private", "stat": "max"]) > 10_000
                && page.sum("weir_worker_memory_bytes", ["kind": "pss", "stat": "max"]) > 100_000
        }
    }
}

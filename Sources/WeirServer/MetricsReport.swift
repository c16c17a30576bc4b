import WeirCore
import WeirTelemetry

/// `/metrics`: every series in one place. What they mean is said in docs/metrics.md, which lists them in this order.
enum MetricsReport {
    private typealias Sample = Exposition.Sample

    static func text(_ server: ServerSnapshot, _ metrics: ServerMetrics) -> String {
        var page = Exposition()
        addRequests(server, metrics, to: &page)
        addQueues(server, to: &page)
        addWorkers(server, to: &page)
        addWorkerEvents(server, to: &page)
        addOPcache(server, to: &page)
        addReported(server, metrics, to: &page)
        addProcesses(server, to: &page)
        addSchedule(server, to: &page)
        addConnections(metrics, to: &page)
        addServer(server, metrics, to: &page)
        addSurroundings(server, to: &page)
        return page.text
    }

    // MARK: Requests

    private static func addRequests(_ server: ServerSnapshot, _ metrics: ServerMetrics, to page: inout Exposition) {
        let lanes = server.apps.flatMap { app in
            metrics.lanes(of: app.name).map { (app: app.name, lane: $0.name, totals: $0.totals) }
        }
        page.add(
            "weir_requests_total", .counter, "Requests that were meant for an app and have ended.",
            lanes.flatMap { app, lane, totals in
                totals.statuses.map { Sample($0.count, ("app", app), ("lane", lane), ("status", $0.status)) }
            }
        )
        func histograms(_ tally: (LaneMetrics.Totals) -> TimeHistogram.Tally) -> [Exposition.Histogram] {
            lanes.map { Exposition.Histogram([("app", $0.app), ("lane", $0.lane)], tally($0.totals)) }
        }
        page.add("weir_queue_wait_seconds", "Time in the queue of requests that got a worker.", histograms(\.wait))
        page.add("weir_service_seconds", "Time workers spent until the answer was complete.", histograms(\.service))
        page.add("weir_request_seconds", "Time from a request's first byte to its answer's end.", histograms(\.total))
        page.add(
            "weir_static_requests_total", .counter, "Requests answered with a file.",
            statuses(metrics.loops.map(\.files))
        )
        page.add(
            "weir_own_requests_total", .counter, "Requests answered by Weir itself: redirects, pages, refusals.",
            statuses(metrics.loops.map(\.own))
        )
    }

    private static func statuses(_ loops: [[StatusCount]]) -> [Sample] {
        let counts = loops.joined().reduce(into: [:]) { $0[$1.status, default: 0] += $1.count }
        return counts.sorted { $0.key < $1.key }.map { Sample($0.value, ("status", $0.key)) }
    }

    // MARK: Queues

    private static func addQueues(_ server: ServerSnapshot, to page: inout Exposition) {
        let lanes = server.apps.flatMap { app in app.lanes.map { (app: app.name, lane: $0) } }
        page.add(
            "weir_queue_length", .gauge, "Requests that wait for a worker.",
            lanes.map { Sample($0.lane.queued, ("app", $0.app), ("lane", $0.lane.name)) }
        )
        page.add(
            "weir_requests_running", .gauge, "Requests that a worker has.",
            lanes.map { Sample($0.lane.running, ("app", $0.app), ("lane", $0.lane.name)) }
        )
        page.add(
            "weir_queue_longest_wait_seconds", .gauge, "How long the oldest request in the queue has waited.",
            server.apps.map { Sample($0.longestWait.seconds, ("app", $0.name)) }
        )
        page.add(
            "weir_shed_total", .counter, "Requests turned away with 503, by reason.",
            server.apps.flatMap { app in
                // A lane that was removed counts no more.
                app.lanes.flatMap { lane in
                    sorted(app.totals.shed[lane.name] ?? [:]).map {
                        Sample($1, ("app", app.name), ("lane", lane.name), ("reason", $0))
                    }
                }
            }
        )
        page.add(
            "weir_retries_total", .counter, "Requests queued once more because their worker was lost.",
            byApp(server) { $0.totals.retries }
        )
    }

    // MARK: Workers

    private static func addWorkers(_ server: ServerSnapshot, to page: inout Exposition) {
        page.add(
            "weir_workers", .gauge, "Workers by what they do.",
            server.apps.flatMap { app in
                [
                    ("starting", app.workers.starting), ("idle", app.workers.idle), ("busy", app.workers.busy),
                    ("leaving", app.workers.leaving),
                ].map { Sample($1, ("app", app.name), ("state", $0)) }
            }
        )
        page.add("weir_workers_max", .gauge, "Most workers the app may have.", byApp(server) { $0.maxWorkers })
        page.add("weir_workers_target", .gauge, "Workers the pool wants now.", byApp(server) { $0.workers.target })
        page.add(
            "weir_concurrency_limit", .gauge, "Requests that may run at once by the measured throughput.",
            byApp(server) { $0.concurrencyLimit }
        )
        page.add(
            "weir_worker_memory_bytes", .gauge, "Memory of the app's workers: median, 95th percentile and largest.",
            server.apps.flatMap { memory($0.name, "pss", $0.proportionalMemory) }
                + server.apps.flatMap { memory($0.name, "private", $0.privateMemory) }
        )
        page.add(
            "weir_app_cpu_seconds_total", .counter, "Processor time of the app's workers.",
            server.apps.compactMap { app in app.totals.cpuSeconds.map { Sample($0, ("app", app.name)) } }
        )
        page.add(
            "weir_generation", .gauge, "The reload that the app's workers are from, counted from 1.",
            byApp(server) { $0.generation })
    }

    private static func memory(_ app: String, _ kind: String, _ spread: AppSnapshot.Spread?) -> [Sample] {
        guard let spread else { return [] }
        return [("p50", spread.median), ("p95", spread.p95), ("max", spread.max)].map {
            Sample($1, ("app", app), ("kind", kind), ("stat", $0))
        }
    }

    private static func addWorkerEvents(_ server: ServerSnapshot, to page: inout Exposition) {
        page.add("weir_worker_starts_total", .counter, "Workers started.", byApp(server) { $0.totals.workerStarts })
        page.add(
            "weir_worker_deaths_total", .counter, "Workers that ended unasked after having served.",
            byApp(server) { $0.totals.workerDeaths }
        )
        page.add(
            "weir_boot_failures_total", .counter, "Workers that ended before they could serve.",
            byApp(server) { $0.totals.bootFailures }
        )
        page.add("weir_worker_kills_total", .counter, "Workers killed, by reason.", byReason(server, \.workerKills))
        page.add(
            "weir_recycles_total", .counter, "Workers replaced in good order, by reason.", byReason(server, \.recycles)
        )
        page.add(
            "weir_slow_requests_total", .counter, "Requests that took longer than the slow log's threshold.",
            byApp(server) { $0.totals.slowRequests }
        )
    }

    private static func byApp(_ server: ServerSnapshot, _ value: (AppSnapshot) -> Int?) -> [Sample] {
        server.apps.compactMap { app in value(app).map { Sample($0, ("app", app.name)) } }
    }

    private static func byReason(
        _ server: ServerSnapshot, _ counts: (AppSnapshot.Totals) -> [String: Int]?
    ) -> [Sample] {
        server.apps.flatMap { app in
            sorted(counts(app.totals) ?? [:]).map { Sample($1, ("app", app.name), ("reason", $0)) }
        }
    }

    static func sorted<Value>(_ values: [String: Value]) -> [(String, Value)] {
        values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

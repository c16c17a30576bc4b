/// What two samples say together: rates, and quantiles of the time between them. nil is shown as a dash.
struct TopReport {
    struct Quantiles: Equatable {
        var p50: Double?
        var p95: Double?
        var p99: Double?
    }

    struct App {
        var facts: AppFacts
        var requestsPerSecond: Double?
        var shedPerSecond: Double?
        var wait = Quantiles()
        var service = Quantiles()
    }

    var server = ServerFacts()
    var apps: [App] = []
    var workers: [WorkerFacts] = []
    var requests: [RequestFacts] = []
    var requestsPerSecond: Double?
    /// Share of each class of statuses, 2 to 5, of what was answered meanwhile.
    var statusShares: [Int: Double] = [:]
    var memoryUsed: Double?
    var memoryLimit: Double?
    var coresUsed: Double?
    var cores: Double?
    var loopLag: Double?

    init() {}

    init(from earlier: TopSample?, to later: TopSample) {
        let rates = Rates(earlier: earlier, later: later)
        server = later.server
        workers = later.workers
        requests = later.requests
        apps = later.apps.map { facts in
            let app = ["app": facts.name]
            return App(
                facts: facts, requestsPerSecond: rates.perSecond("weir_requests_total", app),
                shedPerSecond: rates.perSecond("weir_shed_total", app),
                wait: rates.quantiles("weir_queue_wait_seconds", app),
                service: rates.quantiles("weir_service_seconds", app))
        }
        // Not what Weir answers itself: most of that are our own questions.
        let answered = ["weir_requests_total", "weir_static_requests_total"]
        let known = answered.compactMap { rates.perSecond($0) }
        requestsPerSecond = known.isEmpty ? nil : known.reduce(0, +)
        statusShares = rates.statusShares(answered)
        memoryUsed = later.metrics.sum("weir_container_memory_used_bytes")
        memoryLimit = later.metrics.sum("weir_container_memory_limit_bytes")
        cores = later.metrics.sum("weir_container_cpu_cores")
        coresUsed = rates.coresUsed
        loopLag = HistogramDelta(
            "weir_event_loop_lag_seconds", [:], from: earlier?.metrics, to: later.metrics
        ).quantile(0.95)
    }
}

/// Differences of counters.
private struct Rates {
    let earlier: TopSample?
    let later: TopSample

    /// nil without an earlier sample: since the start says nothing about now.
    func perSecond(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        guard let earlier, later.seconds > earlier.seconds, later.metrics.series[name] != nil else { return nil }
        let now = later.metrics.sum(name, labels) ?? 0
        let before = earlier.metrics.sum(name, labels) ?? 0
        return (now >= before ? now - before : now) / (later.seconds - earlier.seconds)
    }

    /// Of Weir itself and of the apps' workers.
    var coresUsed: Double? {
        let parts = ["process_cpu_seconds_total", "weir_app_cpu_seconds_total"].compactMap { perSecond($0) }
        return parts.isEmpty ? nil : parts.reduce(0, +)
    }

    func quantiles(_ name: String, _ labels: [String: String]) -> TopReport.Quantiles {
        let delta = HistogramDelta(name, labels, from: earlier?.metrics, to: later.metrics)
        return TopReport.Quantiles(p50: delta.quantile(0.5), p95: delta.quantile(0.95), p99: delta.quantile(0.99))
    }

    func statusShares(_ names: [String]) -> [Int: Double] {
        var counts: [Int: Double] = [:]
        for name in names {
            for entry in later.metrics.matching(name, [:]) {
                guard let digit = entry.labels["status"]?.first?.wholeNumberValue else { continue }
                let before = earlier?.metrics.matching(name, entry.labels).first?.value ?? 0
                counts[digit, default: 0] += max(0, entry.value - before)
            }
        }
        let all = counts.values.reduce(0, +)
        guard all > 0 else { return [:] }
        return Dictionary(uniqueKeysWithValues: (2...5).map { ($0, (counts[$0] ?? 0) / all) })
    }
}

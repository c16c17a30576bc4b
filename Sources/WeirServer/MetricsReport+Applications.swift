import WeirTelemetry
import WeirWire

/// What applications report of themselves, and what OPcache says of their code.
extension MetricsReport {
    private typealias Sample = Exposition.Sample

    static func addReported(_ server: ServerSnapshot, _ metrics: ServerMetrics, to page: inout Exposition) {
        let apps = server.apps.compactMap { app in metrics.reported(by: app.name).map { (app.name, $0) } }
        var families: [String: (kind: MetricReport.Kind, samples: [Sample])] = [:]
        for (app, reported) in apps {
            for (name, family) in reported.families {
                families[name, default: (family.kind, [])].samples += family.series.map { series in
                    Sample(
                        series.value,
                        [(name: "app", value: app)] + series.labels.map { (name: $0.name, value: $0.value) })
                }
            }
        }
        for (name, family) in sorted(families) {
            page.add(
                "weir_app_\(name)", family.kind == .counter ? .counter : .gauge, "Reported by the application.",
                family.samples)
        }
        page.add(
            "weir_app_reports_refused_total", .counter, "Numbers that applications reported and Weir did not take.",
            apps.map { Sample($0.1.refused, ("app", $0.0)) })
    }

    static func addOPcache(_ server: ServerSnapshot, to page: inout Exposition) {
        let caches = server.apps.compactMap { app in app.opcache.map { (app: app.name, report: $0) } }
        page.add(
            "weir_opcache_memory_bytes", .gauge, "OPcache's memory; wasted is what scripts that changed since held.",
            caches.flatMap { app, report in
                [("used", report.usedBytes), ("free", report.freeBytes), ("wasted", report.wastedBytes)]
                    .map { Sample($1, ("app", app), ("state", $0)) }
            })
        page.add(
            "weir_opcache_keys", .gauge, "Keys that OPcache has.", caches.map { Sample($1.keys, ("app", $0)) })
        page.add(
            "weir_opcache_keys_max", .gauge, "Keys that OPcache has room for.",
            caches.map { Sample($1.maxKeys, ("app", $0)) })
        page.add(
            "weir_opcache_scripts", .gauge, "Scripts that OPcache has.", caches.map { Sample($1.scripts, ("app", $0)) })
        page.add(
            "weir_opcache_lookups_total", .counter, "Scripts that OPcache was asked for, by what came of it.",
            caches.flatMap { app, report in
                [("hit", report.hits), ("miss", report.misses)].map { Sample($1, ("app", app), ("result", $0)) }
            })
        page.add(
            "weir_opcache_restarts_total", .counter, "How often OPcache was emptied, by what it had run out of.",
            caches.flatMap { app, report in
                [("memory", report.outOfMemoryRestarts), ("keys", report.hashRestarts)]
                    .map { Sample($1, ("app", app), ("reason", $0)) }
            })
        page.add(
            "weir_opcache_jit_buffer_bytes", .gauge, "The memory for machine code; absent while the JIT is off.",
            caches.flatMap { app, report in
                report.jit.map { jit in
                    [("used", jit.bufferBytes - jit.bufferFreeBytes), ("free", jit.bufferFreeBytes)]
                        .map { Sample($1, ("app", app), ("state", $0)) }
                } ?? []
            })
    }
}

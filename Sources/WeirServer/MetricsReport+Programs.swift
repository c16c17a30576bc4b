import WeirRuntimes
import WeirTelemetry
import WeirWire

/// Processes that speak HTTP, each by its number.
extension MetricsReport {
    private typealias Sample = Exposition.Sample

    static func addPrograms(_ server: ServerSnapshot, to page: inout Exposition) {
        let programs = server.apps.flatMap { app in (app.programs ?? []).map { (app: app.name, status: $0) } }
        func samples(_ value: (ProgramStatus) -> Double?) -> [Sample] {
            programs.compactMap { app, status in
                value(status).map { Sample($0, ("app", app), ("worker", "\(status.worker)")) }
            }
        }
        page.add(
            "weir_upstream_up", .gauge, "Whether the process gets requests while others do.",
            samples { $0.isWell ? 1 : 0 })
        page.add(
            "weir_upstream_tunnels", .gauge, "Upgraded connections to the process.", samples { Double($0.tunnels) })
        let loops = programs.compactMap { app, status in
            status.loop.map {
                (labels: [(name: "app", value: app), (name: "worker", value: "\(status.worker)")], loop: $0)
            }
        }
        page.add(
            "weir_node_event_loop_delay_seconds", .gauge, "How late timers came in the last second or ten.",
            loops.flatMap { labels, loop in
                [("p99", loop.delayP99), ("max", loop.delayMax)].map {
                    Sample(Double($1) / 1e6, labels + [(name: "stat", value: $0)])
                }
            })
        page.add(
            "weir_node_event_loop_utilisation", .gauge, "Share of the time in which the event loop was busy.",
            loops.map { Sample($0.loop.utilisation, $0.labels) })
        page.add(
            "weir_node_heap_bytes", .gauge, "Memory of JavaScript.",
            loops.flatMap { labels, loop in
                [("used", loop.heapUsed), ("total", loop.heapTotal), ("external", loop.external)].map {
                    Sample(Double($1), labels + [(name: "kind", value: $0)])
                }
            })
        page.add(
            "weir_node_handles", .gauge, "Open sockets, timers and files of the event loop.",
            loops.map { Sample(Double($0.loop.handles), $0.labels) })
        page.add(
            "weir_go_goroutines", .gauge, "What a Go program says at `debug_vars`.",
            samples { $0.goroutines.map(Double.init) })
    }
}

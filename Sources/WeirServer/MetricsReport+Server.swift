import WeirCore
import WeirTelemetry

/// The series of Weir itself: connections, event loops, and the machine it runs on.
extension MetricsReport {
    private typealias Sample = Exposition.Sample

    static func addConnections(_ metrics: ServerMetrics, to page: inout Exposition) {
        func sum(_ value: (LoopMetrics) -> Int) -> Int { metrics.loops.reduce(0) { $0 + value($1) } }
        page.add(
            "weir_connections", .gauge, "Open connections: idle ones have no request under way.",
            Sample(sum(\.idle), ("state", "idle")), Sample(sum(\.active), ("state", "active"))
        )
        page.add(
            "weir_tunnels", .gauge, "Connections that were upgraded and carry another protocol; they are active ones.",
            Sample(metrics.tunnels)
        )
        page.add("weir_connections_accepted_total", .counter, "Connections taken.", Sample(sum(\.accepted)))
        page.add(
            "weir_connections_refused_total", .counter, "Connections over a limit, answered with 503.",
            Sample(sum(\.refused))
        )
        page.add("weir_bytes_received_total", .counter, "Bytes read from clients.", Sample(sum(\.bytesReceived)))
        page.add("weir_bytes_sent_total", .counter, "Bytes written to clients.", Sample(sum(\.bytesSent)))
    }

    static func addServer(_ server: ServerSnapshot, _ metrics: ServerMetrics, to page: inout Exposition) {
        let edge = metrics.loops.dropLast().map(\.lag).reduce(TimeHistogram.Tally(), +)
        let control = metrics.loops.last?.lag ?? TimeHistogram.Tally()
        page.add(
            "weir_event_loop_lag_seconds", "How late a task ran that each event loop has four times a second.",
            [Exposition.Histogram([("loop", "edge")], edge), Exposition.Histogram([("loop", "control")], control)]
        )
        page.add(
            "weir_log_lines_dropped_total", .counter, "Log lines lost because they came faster than they were written.",
            sorted(server.droppedLogLines).map { Sample($1, ("log", $0)) }
        )
        page.add(
            "weir_reloads_total", .counter, "Reloads by result.",
            sorted(server.reloads ?? [:]).map { Sample($1, ("result", $0)) }
        )
        page.add(
            "weir_build_info", .gauge, "Always 1; says which Weir this is.", Sample(1, ("version", Version.current)))
    }

    static func addSurroundings(_ server: ServerSnapshot, to page: inout Exposition) {
        let container = server.container
        page.add(
            "weir_container_memory_limit_bytes", .gauge, "Memory this container may use.",
            container.memoryLimit.map { Sample($0) }
        )
        page.add(
            "weir_container_memory_used_bytes", .gauge, "Memory this container uses.",
            container.memoryUsed.map { Sample($0) }
        )
        page.add("weir_container_cpu_cores", .gauge, "Cores this container may use.", Sample(container.cores))
        let process = server.process
        page.add("process_cpu_seconds_total", .counter, "Processor time of Weir itself.", Sample(process.cpuSeconds))
        page.add(
            "process_resident_memory_bytes", .gauge, "Resident memory of Weir itself.",
            process.residentBytes.map { Sample($0) }
        )
        page.add("process_open_fds", .gauge, "Open descriptors.", process.openDescriptors.map { Sample($0) })
        page.add(
            "process_max_fds", .gauge, "Most descriptors that may be open.", process.maxDescriptors.map { Sample($0) })
        page.add(
            "process_start_time_seconds", .gauge, "When Weir was started, in seconds since 1970.",
            process.startUnixSeconds.map { Sample($0) }
        )
    }
}

import Synchronization

/// Everything the event loops count, by loop and by the names of apps and lanes. Made once a process: reloads make new
/// gateways and pools, but not new counters.
package final class ServerMetrics: Sendable {
    /// By the loop's number.
    package let loops: [LoopMetrics]
    private let lanes = Mutex<[String: [String: LaneMetrics]]>([:])

    private let reported = Mutex<[String: ReportedMetrics]>([:])

    package init(loops: Int) { self.loops = (0..<loops).map { _ in LoopMetrics() } }

    /// Connections that carry another protocol now.
    package var tunnels: Int { loops.reduce(0) { $0 + $1.tunnels } }

    /// The counters of an app with these lanes: those it had before, and new ones for what is new.
    package func app(_ name: String, lanes names: [String]) -> AppMetrics {
        lanes.withLock { lanes in
            let metrics = names.map { lane in
                if let known = lanes[name]?[lane] { return known }
                let new = LaneMetrics(name: lane, loops: loops.count)
                lanes[name, default: [:]][lane] = new
                return new
            }
            return AppMetrics(name: name, lanes: metrics)
        }
    }

    /// What the app reports of itself, with this limit from now on.
    package func reported(by name: String, seriesMax: Int) -> ReportedMetrics {
        reported.withLock { reported in
            if let known = reported[name] {
                known.use(seriesMax: seriesMax)
                return known
            }
            let new = ReportedMetrics(seriesMax: seriesMax)
            reported[name] = new
            return new
        }
    }

    /// nil: it has no workers that could.
    package func reported(by name: String) -> ReportedMetrics? { reported.withLock { $0[name] } }

    /// Forgets every app and lane that is not named: they were removed from the configuration.
    package func keepOnly(_ names: [String: Set<String>]) {
        reported.withLock { $0 = $0.filter { names[$0.key] != nil } }
        lanes.withLock { lanes in
            lanes = lanes.filter { names[$0.key] != nil }
                .reduce(into: [:]) { kept, app in
                    kept[app.key] = app.value.filter { names[app.key]?.contains($0.key) ?? false }
                }
        }
    }

    /// An app's lanes by name.
    package func lanes(of app: String) -> [LaneMetrics] {
        lanes.withLock { $0[app]?.values.sorted { $0.name < $1.name } ?? [] }
    }
}

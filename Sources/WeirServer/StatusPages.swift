import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes

/// Health, readiness and status: what load balancers and operators ask.
final class StatusPages: Sendable {
    private struct Sources {
        var apps: [App] = []
        var admission: ConnectionAdmission?
    }

    private let sources = Mutex(Sources())
    private let started = EdgeLoop.now

    func fill(apps: [App], admission: ConnectionAdmission) {
        sources.withLock { $0 = Sources(apps: apps, admission: admission) }
    }

    func onMain(_ settings: HealthSettings) -> [OperatorPage] {
        var pages: [OperatorPage] = []
        if let path = settings.health { pages.append(OperatorPage(path) { _ in .now(Self.healthy) }) }
        if let path = settings.ready { pages.append(OperatorPage(path) { _ in .now(self.ready()) }) }
        if let path = settings.status { pages.append(OperatorPage(path) { _ in .now(self.status()) }) }
        return pages
    }

    /// The admin listener has them all.
    var onAdmin: [OperatorPage] {
        var settings = HealthSettings()
        settings.status = "/status"
        return onMain(settings)
    }

    /// Answers while the server does, whatever its apps do: whoever restarts on it restarts only a dead server.
    private static let healthy = OperatorReply(body: "ok\n")

    private func ready() -> OperatorReply {
        let apps = sources.withLock { $0.apps }
        let missing = apps.filter { $0.settings.essential && $0.gateway.snapshot(now: EdgeLoop.now).live == 0 }
        let text = missing.isEmpty ? "ready\n" : missing.map { "\($0.settings.name): no worker\n" }.joined()
        return OperatorReply(status: missing.isEmpty ? 200 : 503, body: text)
    }

    private func status() -> OperatorReply {
        let (apps, admission) = sources.withLock { ($0.apps, $0.admission) }
        let now = EdgeLoop.now
        let report = StatusReport(
            uptimeSeconds: (now - started).seconds,
            connections: .init(open: admission?.openCount ?? 0, refused: admission?.refusedCount ?? 0),
            apps: apps.map { StatusReport.AppReport($0, now: now) }
        )
        return OperatorReply(contentType: "application/json", body: report.json + "\n")
    }
}

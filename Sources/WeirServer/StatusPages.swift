import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes

/// Health, readiness and status: what load balancers and operators ask.
final class StatusPages: Sendable {
    private let generation = Mutex<Generation?>(nil)
    private let started = EdgeLoop.now

    /// What is reported on from now on.
    func show(_ generation: Generation) { self.generation.withLock { $0 = generation } }

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
        let apps = generation.withLock { $0?.apps ?? [] }
        let missing = apps.filter { $0.settings.essential && $0.gateway.snapshot(now: EdgeLoop.now).live == 0 }
        let text = missing.isEmpty ? "ready\n" : missing.map { "\($0.settings.name): no worker\n" }.joined()
        return OperatorReply(status: missing.isEmpty ? 200 : 503, body: text)
    }

    private func status() -> OperatorReply {
        let generation = generation.withLock { $0 }
        let admission = generation?.shared.admission
        let now = EdgeLoop.now
        let report = StatusReport(
            uptimeSeconds: (now - started).seconds,
            connections: .init(open: admission?.openCount ?? 0, refused: admission?.refusedCount ?? 0),
            apps: (generation?.apps ?? []).map { StatusReport.AppReport($0, now: now) }
        )
        return OperatorReply(contentType: "application/json", body: report.json + "\n")
    }
}

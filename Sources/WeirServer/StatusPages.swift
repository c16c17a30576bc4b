import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes
import WeirTelemetry

/// Health, readiness and status: what load balancers and operators ask.
final class StatusPages: Sendable {
    private let operations: Operations
    private let admission: ConnectionAdmission
    private var measurements: Measurements { operations.measurements }

    init(_ operations: Operations, _ admission: ConnectionAdmission) {
        self.operations = operations
        self.admission = admission
    }

    func onMain(_ settings: HealthSettings) -> [OperatorPage] {
        var pages: [OperatorPage] = []
        if let path = settings.health { pages.append(OperatorPage(path) { _ in .now(Self.healthy) }) }
        if let path = settings.ready { pages.append(OperatorPage(path) { _ in .now(self.ready()) }) }
        if let path = settings.status { pages.append(OperatorPage(path) { self.status($0) }) }
        if let path = settings.fpmStatus { pages.append(OperatorPage(path) { self.fpmStatus($0) }) }
        if let path = settings.metrics { pages.append(OperatorPage(path) { _ in self.metrics() }) }
        return pages
    }

    /// The admin listener has them all.
    var onAdmin: [OperatorPage] {
        var settings = HealthSettings()
        settings.status = "/status"
        settings.fpmStatus = "/fpm-status"
        settings.metrics = "/metrics"
        return onMain(settings)
    }

    /// Answers while the server does, whatever its apps do: whoever restarts on it restarts only a dead server.
    private static let healthy = OperatorReply(body: "ok\n")

    private func ready() -> OperatorReply {
        let missing = measurements.apps.filter { app in
            app.settings.essential && !(app.isWarm && app.canServe)
        }
        let reasons =
            operations.outOfRotation
            + missing.map { "\($0.settings.name): \($0.canServe ? "warming up" : $0.missing)" }
            + measurements.supervision.missing.map { "\($0): not running" }
        guard !reasons.isEmpty else { return OperatorReply(body: "ready\n") }
        return OperatorReply(status: 503, body: reasons.map { $0 + "\n" }.joined())
    }

    /// php-fpm's words in the query get php-fpm's page: its exporters ask `/status?json` and know no other.
    private func status(_ request: OperatorRequest) -> OperatorAnswer {
        FPMStatusPage.isAsked(by: request.query) ? fpmStatus(request) : .now(status())
    }

    private func fpmStatus(_ request: OperatorRequest) -> OperatorAnswer {
        let page = FPMStatusPage(query: request.query)
        return .later { [measurements] in await page.answer(from: measurements) }
    }

    /// Off the event loops: counting thousands of open descriptors takes milliseconds.
    private func metrics() -> OperatorAnswer {
        .later { [measurements] in
            OperatorReply(contentType: Exposition.contentType, body: measurements.metricsText())
        }
    }

    private func status() -> OperatorReply {
        let now = EdgeLoop.now
        let found = operations.control?.explain()
        let beside = SupervisionReport(measurements.supervision)
        let report = StatusReport(
            uptimeSeconds: (now - measurements.started).seconds,
            connections: .init(
                open: admission.openCount, refused: admission.refusedCount, tunnels: measurements.metrics.tunnels),
            apps: measurements.appsWithSnapshots(now: now).map { StatusReport.AppReport($0, $1, now: now) },
            processes: beside.processes, schedule: beside.schedule,
            automatic: found?.numbers, warnings: found?.warnings
        )
        return OperatorReply(contentType: "application/json", body: report.json + "\n")
    }
}

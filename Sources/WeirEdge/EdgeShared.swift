import Logging
import Synchronization
import WeirConfig
import WeirCore
import WeirTelemetry
import WeirWire

/// What every event loop reads: limits, timeouts, routing, logs, and the few counts that hold across loops.
package final class EdgeShared: Sendable {
    package let limits: EdgeLimits
    package let headLimits: HeadLimits
    package let timeouts: EdgeTimeouts
    package let trustedProxies: [AddressBlock]
    package let routing: Routing
    package let rotation: Rotation
    package let accessLog: AccessLog?
    package let metrics: ServerMetrics
    package let logger: Logger
    package let temporaryDirectory: String
    package let admission: ConnectionAdmission
    let errorPages: ErrorPages

    /// `admission` and `metrics` count over all configurations.
    package init(
        settings: Settings, routing: Routing, rotation: Rotation, accessLog: AccessLog?, admission: ConnectionAdmission,
        metrics: ServerMetrics, errorPages: ErrorPages, logger: Logger
    ) {
        limits = settings.limits
        headLimits = HeadLimits(
            requestLine: settings.limits.requestLine.count,
            headerBytes: settings.limits.headerBytes.count,
            headerCount: settings.limits.headerCount
        )
        timeouts = settings.timeouts
        trustedProxies = settings.trustedProxies.compactMap { AddressBlock($0.configured) }
        self.routing = routing
        self.rotation = rotation
        self.accessLog = accessLog
        self.metrics = metrics
        self.logger = logger
        temporaryDirectory = settings.limits.temporaryDirectory ?? "/tmp"
        self.admission = admission
        self.errorPages = errorPages
    }
}

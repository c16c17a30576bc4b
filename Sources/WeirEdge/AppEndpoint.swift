import WeirConfig
import WeirTelemetry

/// An application as the routes know it.
package final class AppEndpoint: Sendable {
    package let name: String
    package let gateway: any Gateway
    /// The document root; static files below it are served beside the scripts.
    package let files: FileRoot
    /// `/index.php`: runs when nothing else matches.
    package let entry: [UInt8]?
    /// Other scripts of the root are not run: workers have started the application, and that is all they do.
    let runsEntryOnly: Bool
    /// Names of the app's lanes, the default first.
    package let lanes: [String]
    /// In the order of ``lanes``.
    package let metrics: AppMetrics
    let rotation: Rotation

    package init(
        name: String, gateway: any Gateway, files: FileRoot, entry: String?, runsEntryOnly: Bool, lanes: [String],
        metrics: AppMetrics, rotation: Rotation
    ) {
        self.name = name
        self.gateway = gateway
        self.files = files
        self.entry = entry.map(Self.path(ofEntry:))
        self.runsEntryOnly = runsEntryOnly
        self.lanes = lanes
        self.metrics = metrics
        self.rotation = rotation
    }

    /// Of a front controller, which is written relative to the root.
    package static func path(ofEntry entry: String) -> [UInt8] {
        Array((entry.hasPrefix("/") ? entry : "/" + entry).utf8)
    }
}

import WeirConfig
import WeirCore
import WeirTelemetry

/// An application as the routes know it.
package final class AppEndpoint: Sendable {
    package enum Kind: Sendable {
        /// Scripts of a document root: PHP behind FastCGI.
        case scripts
        /// A program that speaks HTTP and takes every path.
        case program
    }

    package let name: String
    package let gateway: any Gateway
    package let kind: Kind
    /// The document root; static files below it are served beside the scripts. Of a program it may have none.
    package let files: FileRoot?
    /// `/index.php`: runs when nothing else matches.
    package let entry: [UInt8]?
    /// Other scripts of the root are not run: workers have started the application, and that is all they do.
    let runsEntryOnly: Bool
    /// Names of the app's lanes, the default first.
    package let lanes: [String]
    /// In the order of ``lanes``.
    package let metrics: AppMetrics
    let timeouts: AppTimeouts
    let rotation: Rotation

    package init(
        name: String, gateway: any Gateway, kind: Kind = .scripts, files: FileRoot?, entry: String? = nil,
        runsEntryOnly: Bool = false, lanes: [String], metrics: AppMetrics,
        timeouts: AppTimeouts, rotation: Rotation
    ) {
        self.name = name
        self.gateway = gateway
        self.kind = kind
        self.files = files
        self.entry = entry.map(Self.path(ofEntry:))
        self.runsEntryOnly = runsEntryOnly
        self.lanes = lanes
        self.metrics = metrics
        self.timeouts = timeouts
        self.rotation = rotation
    }

    /// Of a front controller, which is written relative to the root.
    package static func path(ofEntry entry: String) -> [UInt8] {
        Array((entry.hasPrefix("/") ? entry : "/" + entry).utf8)
    }
}

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

    /// How long a tunnel may be silent, unless it is configured.
    package static let upgradeIdleDefault = Nanoseconds.seconds(300)

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
    /// Without a byte either way for so long, a tunnel to the app is closed.
    let upgradeIdle: Nanoseconds
    let rotation: Rotation

    package init(
        name: String, gateway: any Gateway, kind: Kind = .scripts, files: FileRoot?, entry: String? = nil,
        runsEntryOnly: Bool = false, lanes: [String], metrics: AppMetrics,
        upgradeIdle: Nanoseconds = AppEndpoint.upgradeIdleDefault, rotation: Rotation
    ) {
        self.name = name
        self.gateway = gateway
        self.kind = kind
        self.files = files
        self.entry = entry.map(Self.path(ofEntry:))
        self.runsEntryOnly = runsEntryOnly
        self.lanes = lanes
        self.metrics = metrics
        self.upgradeIdle = upgradeIdle
        self.rotation = rotation
    }

    /// Of a front controller, which is written relative to the root.
    package static func path(ofEntry entry: String) -> [UInt8] {
        Array((entry.hasPrefix("/") ? entry : "/" + entry).utf8)
    }
}

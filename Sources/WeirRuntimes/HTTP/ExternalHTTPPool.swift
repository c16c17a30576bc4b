import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// An app served by programs that somebody else runs, at one address or several.
package final class ExternalHTTPPool: ExternalBackend {
    package let gateway: AppGateway
    package init(app: AppSettings, lanes: [LanePolicy], loops: [EdgeLoop], logger: Logger) {
        gateway = AppGateway(
            lanes: lanes, loops: loops.count, balance: app.balance, encoder: HTTPRequestEncoder(), retry: app.retry,
            pool: nil, logger: logger, onActions: { _ in })
    }
    package var isUp: Bool? { nil }
    package func start(on control: any EventLoop) {}
    package func stop() {}
}

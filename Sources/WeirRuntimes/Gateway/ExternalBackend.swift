import NIOCore

/// What serves an app whose processes somebody else runs.
package protocol ExternalBackend: Sendable {
    var gateway: AppGateway { get }
    /// Whether requests can be served; nil: nothing is known yet.
    var isUp: Bool? { get }
    func start(on control: any EventLoop)
    /// Nothing is left to do for it.
    func stop()
}

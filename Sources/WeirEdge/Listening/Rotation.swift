import Synchronization

/// Whether load balancers are to send requests here: of the server, and of each app. An operator takes one out before
/// work on it, and requests that come nevertheless are served; but connections are not kept, so that they come back
/// by way of the load balancer.
package final class Rotation: Sendable {
    private let out = Atomic<Bool>(false)

    package init() {}

    package var isOut: Bool {
        get { out.load(ordering: .relaxed) }
        set { out.store(newValue, ordering: .relaxed) }
    }
}

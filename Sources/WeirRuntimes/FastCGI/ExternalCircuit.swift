import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// Whether an external server takes connections. One that could not be made opens the circuit: requests are turned away
/// at once, rather than each find out for itself. While it is open, and before anything is known, a connection is tried
/// every half a second, one at a time, without a request on it; the first that is made closes the circuit.
final class ExternalCircuit: Sendable {
    private struct State {
        /// nil: nothing is known yet.
        var isUp: Bool?
        var isProbing = false
        var nextProbe = Instant.zero
    }

    private static let probeInterval = Nanoseconds.milliseconds(500)

    private let gateway: AppGateway
    private let address: ListenAddress
    private let connectTimeout: Nanoseconds
    private let logger: Logger
    private let state = Mutex(State())
    /// The same as the state says, for requests.
    private let isClosed = Atomic<Bool>(false)

    init(_ gateway: AppGateway, _ address: ListenAddress, connectTimeout: Nanoseconds, logger: Logger) {
        self.gateway = gateway
        self.address = address
        self.connectTimeout = connectTimeout
        self.logger = logger
    }

    /// nil: nothing is known yet.
    var isUp: Bool? { state.withLock { $0.isUp } }

    // MARK: What became of connections, from any loop

    func connected() {
        guard !isClosed.load(ordering: .relaxed) else { return }
        guard take(true) == false else { return }
        logger.notice("upstream.up", metadata: ["address": "\(address.configured)"])
    }

    func failed(_ error: any Error) {
        guard take(false) != false else { return }
        gateway.shedOverdue(now: EdgeLoop.now)
        logger.error(
            "upstream.down",
            metadata: [
                "address": "\(address.configured)", "error": "\(error)",
                "next": "requests get 503 until it takes connections; is it running, may Weir open the socket?",
            ])
    }

    /// What it was before. Under one lock with what follows from it, so that of two at once the later one holds.
    private func take(_ isUp: Bool) -> Bool? {
        state.withLock { state in
            defer { state.isUp = isUp }
            isClosed.store(isUp, ordering: .relaxed)
            gateway.setAvailable(isUp)
            return state.isUp
        }
    }

    // MARK: Probing, on the control loop

    func probe(on loop: any EventLoop, now: Instant) {
        let isDue = state.withLock { state in
            guard state.isUp != true, !state.isProbing, now >= state.nextProbe else { return false }
            state.isProbing = true
            return true
        }
        guard isDue else { return }
        ClientBootstrap(group: loop).connectTimeout(.nanoseconds(Int64(connectTimeout.count))).connect(to: address)
            .whenComplete { [self] result in
                switch result {
                case .success(let channel):
                    channel.close(promise: nil)
                    connected()
                case .failure(let error): failed(error)
                }
                state.withLock { state in
                    state.isProbing = false
                    state.nextProbe = EdgeLoop.now + Self.probeInterval
                }
            }
    }
}

extension ClientBootstrap {
    func connect(to address: ListenAddress) -> EventLoopFuture<any Channel> {
        switch address {
        case .tcp(let host, let port): connect(host: host, port: port)
        case .unix(let path): connect(unixDomainSocketPath: path)
        }
    }
}

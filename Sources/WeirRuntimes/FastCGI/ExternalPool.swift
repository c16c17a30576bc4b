import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// An app served by a FastCGI server that somebody else runs, such as php-fpm. As many requests are under way as it has
/// workers, each on a connection of its own, and the queue is here: connections that wait in its backlog could neither
/// be counted nor given up.
package final class ExternalPool: ExternalBackend {
    package let gateway: AppGateway
    private let slots: [ExternalSlot]
    private let circuit: ExternalCircuit
    private let ticking = Mutex<RepeatedTask?>(nil)

    /// Nothing is known of another server's workers: what a small php-fpm pool has.
    private static let defaultSlots = 8

    package init(
        app: AppSettings, lanes: [LanePolicy], address: ListenAddress, loops: [EdgeLoop], logger: Logger
    ) {
        let gateway = AppGateway(
            lanes: lanes, loops: loops.count, balance: app.balance,
            encoder: FastCGIRequestEncoder(
                documentRoot: app.root, entry: app.entry.map(AppEndpoint.path(ofEntry:)), keepsConnection: false,
                environment: app.environment
            ),
            retry: app.retry, pool: nil, logger: logger, onActions: { _ in }
        )
        self.gateway = gateway
        let circuit = ExternalCircuit(gateway, address, connectTimeout: app.timeouts.connect, logger: logger)
        self.circuit = circuit
        let log = UpstreamLog(logger)
        slots = (0..<(app.pool.maxWorkers ?? Self.defaultSlots)).map { index in
            ExternalSlot(
                id: WorkerID(index), loop: loops[index % loops.count], gateway: gateway, address: address,
                timeouts: app.timeouts, circuit: circuit, log: log
            )
        }
    }

    package func start(on control: any EventLoop) {
        for slot in slots { gateway.add(slot) }
        let task = control.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(100)) {
            [gateway, circuit] _ in
            let now = EdgeLoop.now
            gateway.shedOverdue(now: now)
            circuit.probe(on: control, now: now)
        }
        ticking.withLock { $0 = task }
    }

    /// Whether the server takes connections; nil: nothing is known yet.
    package var isUp: Bool? { circuit.isUp }

    package let programs: [ProgramStatus]? = nil

    /// Nothing is left to do for it.
    package func stop() { ticking.withLock { $0?.cancel() } }
}

/// One request's worth of an external server: connects, asks, and is free again once the connection is closed.
private final class ExternalSlot: AppWorker {
    let id: WorkerID
    let pid: Int32 = 0
    let loop: EdgeLoop
    private let gateway: AppGateway
    private let address: ListenAddress
    private let timeouts: AppTimeouts
    private let circuit: ExternalCircuit
    private let log: UpstreamLog

    init(
        id: WorkerID, loop: EdgeLoop, gateway: AppGateway, address: ListenAddress, timeouts: AppTimeouts,
        circuit: ExternalCircuit, log: UpstreamLog
    ) {
        self.id = id
        self.loop = loop
        self.gateway = gateway
        self.address = address
        self.timeouts = timeouts
        self.circuit = circuit
        self.log = log
    }

    var loopIndex: Int { loop.index }

    func start(_ request: QueuedRequest, at place: WorkerID, waited: Nanoseconds) {
        let connection = WorkerConnection(
            id: id, pid: 0, loop: loop,
            events: WorkerConnection.Events(
                ready: { $0.start(request, at: place, waited: waited) },
                finished: { $0.close() },
                closed: { [gateway] in gateway.finished($0.id, pid: 0, isServed: $0.progress.isFinished) },
                lost: { [gateway] in gateway.lost($1, $2, by: $0.pid, after: $3) },
                said: { [logger = log.logger] _, text, request in
                    GuestLog.log(text, to: logger, pid: nil, request: request)
                }
            ),
            abortsByClosing: true
        )
        let connecting = FastCGISocket.bootstrap(on: loop, connection)
            .connectTimeout(.nanoseconds(Int64(timeouts.connect.count))).connect(to: address)
        connecting.whenComplete { [self] result in
            switch result {
            case .success(let channel):
                circuit.connected()
                limit(channel, connection)
            case .failure(let error):
                circuit.failed(error)
                log.write(.notConnected, on: loop.eventLoop) { ["address": "\(address)", "error": "\(error)"] }
                gateway.lost(request.exchange, .notConnected, by: 0, after: .zero)
                gateway.finished(id, pid: 0, isServed: false)
            }
        }
    }

    /// One timer a request: beside a connection of its own it costs nothing.
    private func limit(_ channel: any Channel, _ connection: WorkerConnection) {
        let timer = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(timeouts.request.count))) {
            connection.giveUp()
        }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
    }

    func retire() {}
    func giveUp() {}
}

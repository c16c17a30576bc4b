import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// An app served by programs that somebody else runs, at one address or several. Each has as many places as a process of
/// our own would have; those whose checks fail, or whose connections do, get nothing while others are well.
package final class ExternalHTTPPool: ExternalBackend {
    package let gateway: AppGateway
    private let targets: [HTTPProcess]
    private let ticking = Mutex<RepeatedTask?>(nil)

    package init(app: AppSettings, lanes: [LanePolicy], loops: [EdgeLoop], logger: Logger) {
        let gateway = AppGateway(
            lanes: lanes, loops: loops.count, balance: app.balance, encoder: HTTPRequestEncoder(), retry: app.retry,
            pool: nil, logger: logger, onActions: { _ in })
        self.gateway = gateway
        targets = app.addresses.enumerated().map { index, address in
            HTTPProcess(
                id: WorkerID(index), pid: 0, address: address, loops: loops, app: app,
                events: HTTPProcess.Events(
                    finished: { [gateway] in gateway.finished($1, pid: $0.pid) },
                    lost: { [gateway] in gateway.lost($1, $2, by: $0.pid, after: $3) },
                    idle: { _ in }),
                logger: logger)
        }
    }

    package func start(on control: any EventLoop) {
        for target in targets { gateway.add(target) }
        let task = control.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(100)) { [gateway] _ in
            gateway.shedOverdue(now: EdgeLoop.now)
        }
        ticking.withLock { $0 = task }
    }

    package var isUp: Bool? { true }

    package var programs: [ProgramStatus]? {
        targets.map { target in
            ProgramStatus(
                worker: target.id.index, pid: 0, address: target.address.configured, isWell: true,
                tunnels: target.tunnels)
        }
    }

    package func stop() { ticking.withLock { $0?.cancel() } }
}

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
    private let health: HealthWatch
    private let ticking = Mutex<RepeatedTask?>(nil)
    private let control: any EventLoop

    package init(
        app: AppSettings, lanes: [LanePolicy], loops: [EdgeLoop], control: any EventLoop, logger: Logger
    ) {
        let gateway = AppGateway(
            lanes: lanes, loops: loops.count, balance: app.balance, encoder: HTTPRequestEncoder(), retry: app.retry,
            pool: nil, logger: logger, onActions: { _ in })
        let health = HealthWatch(app.healthCheck, asks: true, control: control, logger: logger) { id, pid, complaint in
            gateway.suspend(id, pid: pid, complaint != nil)
        }
        self.gateway = gateway
        self.health = health
        self.control = control
        let log = UpstreamLog(logger)
        targets = app.addresses.enumerated().map { index, address in
            HTTPProcess(
                id: WorkerID(index), pid: 0, address: address, loops: loops, app: app,
                events: HTTPProcess.Events(
                    finished: { gateway.finished($1, pid: $0.pid, isServed: $2.isAnswered) },
                    lost: { gateway.lost($1, $2, by: $0.pid, after: $3) },
                    idle: { _ in }, settled: { health.take($1, of: $0) }),
                log: log)
        }
    }

    package func start(on control: any EventLoop) {
        // All at the same time: while one is warmer than the others, by however little, it is preferred.
        let now = EdgeLoop.now
        for target in targets {
            gateway.add(target, now: now)
            health.add(target.id, pid: 0, address: target.address)
        }
        let task = control.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(100)) { [weak self] _ in
            self?.tick(now: EdgeLoop.now)
        }
        ticking.withLock { $0 = task }
    }

    private func tick(now: Instant) {
        gateway.shedOverdue(now: now)
        health.tick(now: now)
        gateway.setAvailable(isUp ?? true)
    }

    /// Whether any of them takes connections: while none does, requests are turned away at once.
    package var isUp: Bool? {
        let known = health.targets.map(\.target.isConnectable)
        return known.contains(true) ? true : known.contains(nil) ? nil : false
    }

    package var programs: [ProgramStatus]? {
        zip(targets, health.targets).map { process, health in
            ProgramStatus(
                worker: process.id.index, pid: 0, address: process.address.configured, isWell: health.isFit,
                complaint: health.target.complaint, tunnels: process.tunnels)
        }
    }

    package func stop() {
        ticking.withLock { $0?.cancel() }
        for target in targets {
            target.retire()
            target.closeTunnels()
        }
    }
}

import WeirCore
import WeirTelemetry

/// What is kept of every request at its end: a line of the access log, and counts.
extension EdgeLoop {
    /// What operators ask the admin listener is no access: `weir top` alone would write a few lines every two seconds.
    func record(
        _ exchange: Exchange, peer: Peer, at endpoints: ListenerEndpoints, now: Instant = EdgeLoop.now
    ) {
        if endpoints != .admin { shared.accessLog?.write(exchange, peer: peer, now: now) }
        let status = exchange.answer.status
        if let app = exchange.app {
            let isDispatched = exchange.dispatched != .zero
            let isTunnel = exchange.tunnel != nil
            let outcome = LaneMetrics.Outcome(
                status: status, total: isTunnel ? nil : now - exchange.arrival,
                wait: isDispatched ? exchange.queueWait : nil,
                service: isDispatched && !isTunnel && exchange.workerTime != .zero ? exchange.workerTime : nil
            )
            app.metrics.lanes[exchange.lane].record(outcome, loop: index)
        } else if exchange.answer.ownsFraming {
            metrics.fileServed(status: status)
        } else {
            metrics.answeredItself(status: status)
        }
    }
}

extension HTTPConnection {
    /// No request of it is being read, waits or is answered.
    var isIdle: Bool { phase == .head && exchange == nil && input == nil }
}

import Logging
import WeirConfig
import WeirCore
import WeirEdge
import WeirWire

/// Requests that come back because their workers were lost.
extension AppGateway {
    /// The request has no worker any more: it runs once more if ``Reruns`` says so, else it has failed. From any loop, best
    /// before the worker is removed: then the room that it leaves goes to this request. `spent`: how long it had it.
    func lost(_ exchange: Exchange, _ loss: RequestLoss, by pid: Int32, after spent: Nanoseconds) {
        guard !exchange.loop.eventLoop.inEventLoop else { return settle(exchange, loss, pid, spent) }
        state.withLock { $0.returning += 1 }
        exchange.loop.eventLoop.execute {
            self.settle(exchange, loss, pid, spent)
            self.state.withLock { $0.returning -= 1 }
        }
    }

    private func settle(_ exchange: Exchange, _ loss: RequestLoss, _ pid: Int32, _ spent: Nanoseconds) {
        let isRepeatable = retry == .idempotent && exchange.head.method.isIdempotent
        // A body that went through as it came cannot be sent again.
        guard !exchange.isAbandoned, !exchange.isBodyTouched,
            exchange.reruns.isGrantedOne(after: loss, isRepeatable: isRepeatable)
        else {
            exchange.ticket = nil
            exchange.workerTime = spent
            return exchange.fail(.workerLost)
        }
        var metadata: Logger.Metadata = ["request": "\(String(decoding: exchange.requestID, as: UTF8.self))"]
        if pid != 0 { metadata["pid"] = "\(pid)" }
        // A script that ends after a request is no fault.
        logger.log(level: loss == .leaving ? .debug : .info, "request.retried", metadata: metadata)
        exchange.forgetWorker()
        queue(exchange, now: EdgeLoop.now, isReturning: true)
    }
}

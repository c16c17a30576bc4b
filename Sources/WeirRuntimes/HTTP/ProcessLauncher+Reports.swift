import Logging
import NIOCore
import WeirConfig
import WeirCore
import WeirEdge
import WeirWire

/// What the guest in a Node.js process says of itself.
extension ProcessLauncher {
    func take(_ report: NodeReport, of instance: ProgramInstance) {
        switch report {
        case .listening: instance.hasReported = true
        case .loop(let loop): instance.loop = loop
        case .blocked(let span): blocked(instance, for: .milliseconds(span))
        case .unblocked: unblocked(instance)
        case .stack(let span, let frames): logStack(of: instance, .milliseconds(span), frames)
        case .exception(let text):
            instance.exception = text
            logger.error("program.exception", metadata: ["pid": "\(instance.pid)", "exception": "\(text)"])
        case .port(let port): noteOtherPort(port, of: instance)
        case .draining: break
        }
    }

    /// Nothing that it has goes on. Requests go to others while there are others; one that stands still for as long as a
    /// request may take does not come back by itself.
    private func blocked(_ instance: ProgramInstance, for span: Nanoseconds) {
        guard instance.state == .serving || instance.isBlocked else { return }
        instance.blockedAt = EdgeLoop.now
        instance.isBlocked = true
        // Each time: a request that its client gave up looks like an answer.
        steer(instance)
        guard span > app.timeouts.request else { return }
        logger.error(
            "program.hangs",
            metadata: [
                "pid": "\(instance.pid)", "blocked": "\(span.configured)",
                "next": "it is killed; see program.blocked for what it was doing",
            ])
        gateway.decidePool { pool, _ in
            pool.workers[instance.id.index].pid == instance.pid
                ? pool.killNow(instance.id, .requestTimeout, now: EdgeLoop.now) : []
        }
    }

    func unblocked(_ instance: ProgramInstance) {
        guard instance.isBlocked else { return }
        instance.isBlocked = false
        steer(instance)
    }

    /// With the requests that it had at that moment, the oldest first: one of them is to blame, the others waited.
    private func logStack(of instance: ProgramInstance, _ span: Nanoseconds, _ frames: [String]) {
        let pid = instance.pid
        let loops = pool.loops.map { loop in
            loop.eventLoop.submit { loop.runningRequests.filter { $0.pid == pid } }
        }
        EventLoopFuture.whenAllSucceed(loops, on: control).whenSuccess { [logger] running in
            let oldest = running.joined().sorted { $0.dispatched < $1.dispatched }.prefix(Self.requestsMax)
            var metadata: Logger.Metadata = [
                "pid": "\(pid)", "blocked": "\(span.configured)",
                "requests": .array(oldest.map { "\($0.requestID) \($0.method) \($0.path)" }),
            ]
            metadata.add(frames: frames)
            logger.warning("program.blocked", metadata: metadata)
        }
    }

    private static let requestsMax = 10
}

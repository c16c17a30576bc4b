import Logging
import NIOCore
import WeirCore
import WeirEdge
import WeirProcess

/// Reads what Go programs publish of themselves, and reports goroutines that only climb.
extension ProcessLauncher {
    private static let variablesInterval = Nanoseconds.seconds(10)
    private static let variablesTimeout = Nanoseconds.seconds(2)

    /// Ten times a second.
    func readVariables(of instance: ProgramInstance, now: Instant) {
        guard let path = app.debugVars, now >= instance.nextVariables else { return }
        instance.nextVariables = now + Self.variablesInterval
        Probe.fetch(path, from: instance.address, timeout: Self.variablesTimeout, on: control).whenSuccess {
            [weak self] body in
            let numbers = JSONNumbers.read(Array(body.readableBytesView))
            guard let self, let count = numbers["goroutines"].flatMap({ Int(exactly: $0) }) else { return }
            instance.goroutines = count
            guard let climb = instance.climb.sample(count, now: EdgeLoop.now) else { return }
            logger.warning(
                "program.goroutines_climb",
                metadata: [
                    "pid": "\(instance.pid)", "from": "\(climb.from)", "to": "\(climb.to)",
                    "minutes": "\(Int((climb.span.seconds / 60).rounded()))",
                    "next": "some never end: look at /debug/pprof/goroutine?debug=1; pool.max_lifetime buys time",
                ])
        }
    }
}

import CWeirSystem
import Glibc

/// Takes the process's signals one at a time on a thread of its own, where any code may run.
package enum SignalThread {
    /// Calls `handler` for each of `signals` that arrives. Once a process.
    package static func handle(_ signals: [Int32], _ handler: @escaping @Sendable (Int32) -> Void) throws(SystemError) {
        let pipe = weir_watch_signals(signals, Int32(signals.count))
        guard pipe >= 0 else { throw SystemError("watching signals") }
        Thread.detach(name: "weir-signals") {
            var number: UInt8 = 0
            while true {
                let count = read(pipe, &number, 1)
                if count == 1 { handler(Int32(number)) } else if count == 0 || errno != EINTR { return }
            }
        }
    }
}

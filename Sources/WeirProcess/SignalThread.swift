import Glibc

/// Takes the process's signals one at a time on a thread of its own, where any code may run.
package enum SignalThread {
    /// Blocks `signals` for every thread started from now on and calls `handler` for each that arrives. Call it before
    /// any other thread exists, or that thread will take the signal's default action.
    package static func handle(_ signals: [Int32], _ handler: @escaping @Sendable (Int32) -> Void) {
        signal(SIGPIPE, SIG_IGN)
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in signals { sigaddset(&mask, number) }
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        let waited = mask
        Thread.detach(name: "weir-signals") {
            var mask = waited
            while true {
                var number: Int32 = 0
                if sigwait(&mask, &number) == 0 { handler(number) }
            }
        }
    }
}

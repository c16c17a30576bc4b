import CWeirSystem
import Glibc

/// What is left of a server that was replaced by another process: it keeps its pid, which is what a container, a
/// supervisor or a shell knows, passes signals on to the server that works now, and ends as that one ends.
package enum StandIn {
    private static let forwarded = [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH]

    /// Becomes the hidden command that calls ``run(for:)``. Returns only when that fails.
    package static func become(program: String, for pid: pid_t, handover: Handover) {
        let arguments = [program, "stand-in", String(pid)]
        let argv = CStringArray(arguments)
        let environment = CStringArray(Array(CommandLine.environment.map { "\($0.key)=\($0.value)" }))
        weir_become_program(program, argv.pointers, environment.pointers, handover.descriptor)
    }

    /// Blocks until the server has ended, then ends in the same way. Descriptor 3 leads to it.
    package static func run(for server: pid_t) -> Never {
        var server = server
        let control: Int32 = 3
        _ = fcntl(control, F_SETFL, O_NONBLOCK)
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        while true {
            while let (message, _) = Handover.receive(control) {
                if case .successor(let pid)? = Handover.Report(message) { server = pid }
            }
            Reaper.reap { pid, status in
                // One that has a successor says so before it ends.
                while let (message, _) = Handover.receive(control) {
                    if case .successor(let next)? = Handover.Report(message) { server = next }
                }
                if pid == server { end(as: status) }
            }
            // It may have ended as nobody's child of ours.
            if kill(server, 0) != 0, errno == ESRCH { _exit(0) }
            var second = timespec(tv_sec: 1, tv_nsec: 0)
            let number = sigtimedwait(&signals, nil, &second)
            if forwarded.contains(number) { kill(server, number) }
        }
    }

    private static func end(as status: ExitStatus) -> Never {
        switch status {
        case .exited(let code): _exit(code)
        case .signaled(let number):
            signal(number, SIG_DFL)
            var none = sigset_t()
            sigemptyset(&none)
            pthread_sigmask(SIG_SETMASK, &none, nil)
            kill(getpid(), number)
            // Process 1 does not die of its own signals.
            _exit(128 + number)
        }
    }
}

extension CommandLine {
    package static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}

import CWeirSystem
import Glibc

/// Collects children that have ended, orphans of others' included: without it every process that a worker leaves behind
/// would stay a zombie, as Weir adopts them all.
package enum Reaper {
    package static func adoptOrphans() { _ = weir_become_subreaper() }

    /// Collects all there are. Call it at SIGCHLD. `before` is called while the child is still there as a zombie, so that
    /// its pid, and its process group's number, are nobody else's.
    package static func reap(before: (_ pid: pid_t) -> Void = { _ in }, _ body: (_ pid: pid_t, ExitStatus) -> Void) {
        while true {
            var info = siginfo_t()
            guard waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 else {
                if errno == EINTR { continue }
                return
            }
            let ended = weir_pid_of_child(&info)
            guard ended > 0 else { return }
            before(ended)
            var status: Int32 = 0
            let pid = waitpid(ended, &status, WNOHANG)
            guard pid > 0 else { continue }
            body(pid, ExitStatus(waitStatus: status))
        }
    }
}

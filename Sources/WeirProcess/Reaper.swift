import CWeirSystem
import Glibc

/// Collects children that have ended, orphans of others' included: without it every process that a worker leaves behind
/// would stay a zombie, as Weir adopts them all.
package enum Reaper {
    package static func adoptOrphans() { _ = weir_become_subreaper() }

    /// Collects all there are. Call it at SIGCHLD.
    package static func reap(_ body: (_ pid: pid_t, ExitStatus) -> Void) {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            if pid < 0 && errno == EINTR { continue }
            guard pid > 0 else { return }
            body(pid, ExitStatus(waitStatus: status))
        }
    }
}

import CWeirSystem
import Glibc
import Synchronization

/// A program that Weir starts and waits for itself, without a fork server in between.
package struct SpawnedProcess: Sendable {
    package let pid: pid_t

    /// Starts it; `onExit` is called once, on the thread that reaps. The caller keeps every descriptor it passes; with
    /// `control` -1 the program has no descriptor 3.
    package init(
        _ program: ChildProcess, control: Int32 = -1, output: Int32, error: Int32,
        onExit: @escaping @Sendable (ExitStatus) -> Void
    ) throws(SystemError) {
        pid = try Self.exits.spawn(program, control: control, output: output, error: error, onExit)
    }

    /// Signals the process, and with `includingChildren` all of its process group.
    package func signal(_ number: Int32, includingChildren: Bool = false) {
        Self.exits.signal(pid, number, includingChildren: includingChildren)
    }

    /// A child has been reaped: who waits for it is told. To be called for every one.
    package static func reaped(_ pid: pid_t, _ status: ExitStatus) { exits.reaped(pid, status) }

    private static let exits = Exits()
}

/// Who waits for which child. A pid leaves as soon as its child has been reaped, before it can be anybody else's.
private final class Exits: Sendable {
    private let waiting = Mutex<[pid_t: @Sendable (ExitStatus) -> Void]>([:])

    /// Under the lock, so that a program that ends at once is not reaped before anybody knows of it.
    func spawn(
        _ program: ChildProcess, control: Int32, output: Int32, error: Int32,
        _ onExit: @escaping @Sendable (ExitStatus) -> Void
    ) throws(SystemError) -> pid_t {
        let result = waiting.withLock { waiting -> Result<pid_t, SystemError> in
            do throws(SystemError) {
                let pid = try program.spawn(control: control, output: output, error: error)
                waiting[pid] = onExit
                return .success(pid)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func signal(_ pid: pid_t, _ number: Int32, includingChildren: Bool) {
        waiting.withLock { waiting in
            guard waiting[pid] != nil else { return }
            kill(includingChildren ? -pid : pid, number)
        }
    }

    func reaped(_ pid: pid_t, _ status: ExitStatus) {
        waiting.withLock { $0.removeValue(forKey: pid) }?(status)
    }
}

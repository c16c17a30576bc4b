import CWeirSystem
import Glibc
import Synchronization

/// A program that Weir starts and waits for itself, without a fork server in between. When Weir is killed the program gets
/// SIGTERM, so it has to be started by a thread that lives as long as Weir does, which the control loop's is.
package struct SpawnedProcess: Sendable {
    package let pid: pid_t

    /// Starts it; `onExit` is called once, on the thread that reaps. The caller keeps every descriptor it passes; with
    /// `control` -1 the program has no descriptor 3. `takesGroupAlong`: what is left of its process group when it ends is
    /// killed.
    package init(
        _ program: ChildProcess, control: Int32 = -1, output: Int32, error: Int32, takesGroupAlong: Bool = false,
        onExit: @escaping @Sendable (ExitStatus) -> Void
    ) throws(SystemError) {
        var program = program
        program.orphanSignal = SIGTERM
        let waiter = Exits.Waiter(takesGroupAlong: takesGroupAlong, onExit: onExit)
        pid = try Self.exits.spawn(program, control: control, output: output, error: error, waiter)
    }

    /// Signals the process, and with `includingChildren` all of its process group.
    package func signal(_ number: Int32, includingChildren: Bool = false) {
        Self.exits.signal(pid, number, includingChildren: includingChildren)
    }

    /// A child has ended and is about to be reaped. To be called for every one, before ``reaped(_:_:)``.
    package static func ended(_ pid: pid_t) { exits.ended(pid) }

    /// A child has been reaped: who waits for it is told. To be called for every one.
    package static func reaped(_ pid: pid_t, _ status: ExitStatus) { exits.reaped(pid, status) }

    private static let exits = Exits()
}

/// Who waits for which child. A pid leaves as soon as its child has been reaped, before it can be anybody else's.
private final class Exits: Sendable {
    struct Waiter {
        let takesGroupAlong: Bool
        let onExit: @Sendable (ExitStatus) -> Void
    }

    private let waiting = Mutex<[pid_t: Waiter]>([:])

    /// Under the lock, so that a program that ends at once is not reaped before anybody knows of it.
    func spawn(
        _ program: ChildProcess, control: Int32, output: Int32, error: Int32,
        _ waiter: Waiter
    ) throws(SystemError) -> pid_t {
        let result = waiting.withLock { waiting -> Result<pid_t, SystemError> in
            do throws(SystemError) {
                let pid = try program.spawn(control: control, output: output, error: error)
                waiting[pid] = waiter
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

    func ended(_ pid: pid_t) {
        guard waiting.withLock({ $0[pid]?.takesGroupAlong ?? false }) else { return }
        kill(-pid, SIGKILL)
    }

    func reaped(_ pid: pid_t, _ status: ExitStatus) {
        waiting.withLock { $0.removeValue(forKey: pid) }?.onExit(status)
    }
}

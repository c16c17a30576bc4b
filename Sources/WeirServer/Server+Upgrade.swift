import Foundation
import Glibc
import Logging
import WeirConfig
import WeirProcess

/// Another binary in place of this one, without a request lost: the new process inherits the listening sockets, so that
/// no connection is refused or reset while both are there.
extension Server {
    /// Starts the program again, as it is on disk now, and gives it the sockets. Returns what tells of the new process
    /// once that has taken over; this one should stop then. nil: it did not come up, and nothing has changed.
    package func upgrade() async -> Replacement? {
        guard let program = Self.program else { return failUpgrade("this program's file cannot be found") }
        let process = ChildProcess(
            path: program, arguments: Array(CommandLine.arguments.dropFirst()),
            environment: ProcessInfo.processInfo.environment)
        logger.notice("upgrade.started", metadata: ["program": "\(program)"])
        let started: (pid: pid_t, Handover)
        do {
            started = try Handover.start(
                process, output: STDOUT_FILENO, error: STDERR_FILENO, sockets: listeners.handedOver,
                hasProcesses: !supervision.isEmpty || !generation.supervision.isEmpty)
        } catch {
            return failUpgrade("\(error)")
        }
        let (pid, handover) = started
        var report = await handover.report()
        if report == .prepared {
            await listeners.setAccepting(false)
            handover.giveTurn()
            report = await handover.report()
        }
        if case .failed(let why) = report {
            Glibc.kill(pid, SIGKILL)
            await listeners.setAccepting(true)
            return failUpgrade(why)
        }
        logger.notice("upgrade.done", metadata: ["pid": "\(pid)"])
        return Replacement(pid: pid, handover: handover, program: program)
    }

    private func failUpgrade(_ reason: String) -> Replacement? {
        logger.error("upgrade.failed", metadata: ["reason": "\(reason)", "next": "this process goes on as before"])
        return nil
    }

    /// Where the program was started from: a newer one has the same name.
    private static var program: String? {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        let deleted = " (deleted)"
        let name = path.hasSuffix(deleted) ? String(path.dropLast(deleted.utf8.count)) : path
        return access(name, X_OK) == 0 ? name : nil
    }
}

/// The process that has taken over.
package struct Replacement: Sendable {
    package let pid: pid_t
    package let handover: Handover
    package let program: String
}

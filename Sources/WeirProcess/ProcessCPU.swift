import Glibc
import WeirCore

/// How long a process has run, and how long it could have but another ran or the CPU quota was used up: since it
/// started, all its threads together. Threads that have ended are missing, so a difference of two readings may be
/// negative for a process that ends threads.
package struct ProcessCPU: Hashable, Sendable {
    package var cpu: Nanoseconds
    /// nil: the kernel does not count it.
    package var runDelay: Nanoseconds?

    package init(cpu: Nanoseconds, runDelay: Nanoseconds?) {
        self.cpu = cpu
        self.runDelay = runDelay
    }

    /// nil when the process is gone. `root`: what stands before `/proc`.
    package static func read(pid: Int32, root: String = "") -> ProcessCPU? {
        fromSchedstat("\(root)/proc/\(pid)/task") ?? fromStat("\(root)/proc/\(pid)/stat")
    }

    /// Nanoseconds on a CPU, nanoseconds waiting for one, and how often, of each thread.
    private static func fromSchedstat(_ tasks: String) -> ProcessCPU? {
        guard let directory = opendir(tasks) else { return nil }
        defer { closedir(directory) }
        var sum: (cpu: Int, delay: Int)?
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.first != ".", let text = SmallFile.read("\(tasks)/\(name)/schedstat") else { continue }
            let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
            guard numbers.count >= 2 else { continue }
            sum = ((sum?.cpu ?? 0) + numbers[0], (sum?.delay ?? 0) + numbers[1])
        }
        return sum.map { ProcessCPU(cpu: Nanoseconds($0.cpu), runDelay: Nanoseconds($0.delay)) }
    }

    /// Its own, in the 14th and 15th fields.
    private static func fromStat(_ path: String) -> ProcessCPU? {
        ticks(path, 14, 15).map { ProcessCPU(cpu: $0, runDelay: nil) }
    }

    /// What those of its children used that have ended and that it has waited for. nil when the process is gone.
    package static func ofEndedChildren(of pid: Int32, root: String = "") -> Nanoseconds? {
        ticks("\(root)/proc/\(pid)/stat", 16, 17)
    }

    /// The sum of two fields in clock ticks, counted from 1. The second, the name in parentheses, may hold anything.
    private static func ticks(_ path: String, _ a: Int, _ b: Int) -> Nanoseconds? {
        guard let text = SmallFile.read(path), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > b - 3, let user = Int(fields[a - 3]), let system = Int(fields[b - 3]) else { return nil }
        return Nanoseconds((user + system) * (1_000_000_000 / max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }
}

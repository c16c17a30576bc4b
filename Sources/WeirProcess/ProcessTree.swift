import Glibc
import WeirCore

/// A process with its children, their children and so on, at one moment.
package struct ProcessTree: Sendable {
    /// The process itself first.
    package let pids: [Int32]

    /// A program with more is counted without the rest.
    private static let processesMax = 256

    package init(of pid: Int32) {
        var found = [pid]
        var next = 0
        while next < found.count, found.count < Self.processesMax {
            found += Self.children(of: found[next]).prefix(Self.processesMax - found.count)
            next += 1
        }
        pids = found
    }

    /// Proportional sizes, which add up; where they may not be read, pages without a file. nil: the process is gone.
    package var memory: Bytes? {
        let known = pids.compactMap { ProcessMemory.proportional(pid: $0) ?? ProcessMemory.anonymous(pid: $0) }
        return known.isEmpty ? nil : known.reduce(0, +)
    }

    /// Of those that run, and of children that have ended and were waited for. nil: the process is gone.
    package var cpu: Nanoseconds? {
        let known = pids.compactMap { pid in
            ProcessCPU.read(pid: pid).map { $0.cpu + (ProcessCPU.ofEndedChildren(of: pid) ?? .zero) }
        }
        return known.isEmpty ? nil : known.reduce(.zero, +)
    }

    /// Every thread has children of its own.
    private static func children(of pid: Int32) -> [Int32] {
        let tasks = "/proc/\(pid)/task"
        guard let directory = opendir(tasks) else { return [] }
        defer { closedir(directory) }
        var children: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.first != ".", let text = SmallFile.read("\(tasks)/\(name)/children") else { continue }
            children += text.split(separator: " ").compactMap { Int32($0) }
        }
        return children
    }
}

import CWeirSystem
import Glibc
import WeirCore

/// What a process's memory costs.
package struct ProcessMemory: Hashable, Sendable {
    /// Its own pages, dirty and clean: what ending it gives back.
    package var own: Bytes
    /// Pages it has in common with others, counted in full.
    package var shared: Bytes
    /// Proportional set size: its own pages, and its part of those it shares. Over all who share them these add up.
    package var proportional: Bytes

    /// nil when the process is gone or may not be read. `root`: what stands before `/proc`.
    package static func read(pid: Int32, root: String = "") -> ProcessMemory? {
        let table = SmallFile.readTable("\(root)/proc/\(pid)/smaps_rollup")
        guard let proportional = table["Pss"] else { return nil }
        func sum(_ names: Substring...) -> Bytes { .kibibytes(names.reduce(0) { $0 + (table[$1] ?? 0) }) }
        return ProcessMemory(
            own: sum("Private_Clean", "Private_Dirty", "Private_Hugetlb"),
            shared: sum("Shared_Clean", "Shared_Dirty", "Shared_Hugetlb"), proportional: .kibibytes(proportional))
    }

    /// Resident pages that no file is behind; inherited ones that were not written to yet are among them. Cheap, where
    /// ``read(pid:root:)`` looks at every page.
    package static func anonymous(pid: Int32, root: String = "") -> Bytes? {
        let numbers = (SmallFile.read("\(root)/proc/\(pid)/statm", limit: 256) ?? "").split(separator: " ")
        guard numbers.count > 2, let resident = Int(numbers[1]), let ofFiles = Int(numbers[2]) else { return nil }
        return Bytes(max(0, resident - ofFiles) * sysconf(Int32(_SC_PAGESIZE)))
    }

    package static func proportional(pid: Int32) -> Bytes? { read(pid: pid)?.proportional }

    /// Gives back what only starting needed.
    package static func forgetStartupCode() { weir_forget_startup_code() }
}

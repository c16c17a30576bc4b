import CWeirSystem
import WeirCore

/// What a process's memory costs.
package enum ProcessMemory {
    /// Gives back what only starting needed.
    package static func forgetStartupCode() { weir_forget_startup_code() }

    /// Proportional set size: its own pages, and its share of those it shares. nil when the process is gone or may not
    /// be read.
    package static func proportional(pid: Int32) -> Bytes? {
        guard let text = SmallFile.read("/proc/\(pid)/smaps_rollup") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
                Bytes.kibibytes($0)
            }
        }
        return nil
    }
}

import CWeirSystem
import Glibc

/// How many files and sockets this process may have open.
package struct DescriptorLimit: Hashable, Sendable {
    package var soft: Int
    package var hard: Int

    package static func read() throws(SystemError) -> DescriptorLimit {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw SystemError("reading the limit of open files")
        }
        return DescriptorLimit(soft: Int(clamping: limit.rlim_cur), hard: Int(clamping: limit.rlim_max))
    }

    /// Raises the soft limit to the hard one, which needs no privilege.
    package static func raise() throws(SystemError) -> DescriptorLimit {
        guard weir_raise_file_limit() >= 0 else { throw SystemError("raising the limit of open files") }
        return try read()
    }
}

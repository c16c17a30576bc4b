import Glibc

/// Where the parts of Weir that run inside an application's own runtime lie.
enum GuestFiles {
    struct NotFound: Error, CustomStringConvertible {
        let what: String
        let variable: String
        let tried: [String]
        var description: String {
            "\(what), is not there (looked at \(tried.joined(separator: ", "))); "
                + "build it with 'make build', or name it in \(variable)"
        }
    }

    /// Named by the environment, beside this program, or installed. `mode`: as `access` has it.
    static func find(_ name: String, what: String, variable: String, mode: Int32) throws(NotFound) -> String {
        if let named = getenv(variable) { return String(cString: named) }
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
        let candidates = ["\(directory)/", "\(directory)/../libexec/weir/", "\(directory)/../../guests/"].map {
            $0 + name
        }
        for candidate in candidates where access(candidate, mode) == 0 { return candidate }
        throw NotFound(what: what, variable: variable, tried: candidates)
    }
}

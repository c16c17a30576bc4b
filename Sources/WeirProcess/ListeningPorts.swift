import Glibc

/// The TCP ports on which a process, or one of its children, listens.
package enum ListeningPorts {
    /// Ascending. Empty where `/proc` does not say.
    package static func of(pid: Int32) -> [Int] {
        let sockets = Set(ProcessTree(of: pid).pids.flatMap(sockets(of:)))
        guard !sockets.isEmpty else { return [] }
        let tables = ["/proc/\(pid)/net/tcp", "/proc/\(pid)/net/tcp6"].compactMap {
            SmallFile.read($0, limit: tableMax)
        }
        return Set(tables.flatMap { ports(in: $0, of: sockets) }).sorted()
    }

    private static let tableMax = 1 << 20

    /// Inodes, as `/proc/PID/fd` names them: `socket:[4711]`.
    private static func sockets(of pid: Int32) -> [String] {
        let directory = "/proc/\(pid)/fd"
        guard let listing = opendir(directory) else { return [] }
        defer { closedir(listing) }
        var found: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            var target = [UInt8](repeating: 0, count: 64)
            let count = target.withUnsafeMutableBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { text in
                    text.baseAddress.map { readlink("\(directory)/\(name)", $0, text.count) } ?? -1
                }
            }
            guard count > 0 else { continue }
            let link = String(decoding: target[..<count], as: UTF8.self)
            if link.hasPrefix("socket:["), link.hasSuffix("]") { found.append(String(link.dropFirst(8).dropLast())) }
        }
        return found
    }

    /// A line is `sl local_address rem_address st … inode`; state 0A listens.
    static func ports(in table: String, of sockets: Set<String>) -> [Int] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 9, words[3] == "0A", sockets.contains(String(words[9])),
                let port = words[1].split(separator: ":").last
            else { return nil }
            return Int(port, radix: 16)
        }
    }
}

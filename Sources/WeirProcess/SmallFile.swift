import Glibc

/// Reads the small text files of /proc and /sys, which have no size to ask for.
package enum SmallFile {
    /// At most `limit` bytes of it; nil when it cannot be read.
    package static func read(_ path: String, limit: Int = 16_384) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < bytes.count {
            let room = bytes.count - filled
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: filled), room) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return String(decoding: bytes[..<filled], as: UTF8.self)
    }

    /// A file that holds one number.
    static func readNumber(_ path: String) -> Int? {
        read(path).flatMap { Int($0.filter { !$0.isWhitespace }) }
    }

    /// A file of lines `name number …`, with or without a colon after the name.
    static func readTable(_ path: String) -> [Substring: Int] {
        var table: [Substring: Int] = [:]
        for line in (read(path) ?? "").split(separator: "\n") {
            let words = line.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == ":" || $0 == "\t" })
            guard words.count >= 2, let number = Int(words[1]) else { continue }
            table[words[0]] = number
        }
        return table
    }
}

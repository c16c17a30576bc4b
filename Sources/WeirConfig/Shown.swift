/// A value on its way to `weir config show`: YAML text, with who gave it.
indirect enum Shown {
    case line(String, Origin)
    case section([(key: String, value: Shown)])
    case list([Shown])
}

/// What showing a value needs to know besides the value.
struct Showing {
    var origins: Origins
    /// Also print values that look like secrets.
    var revealsSecrets = false

    func line(_ text: String, at path: String) -> Shown { .line(text, origins[path]) }
}

extension Shown {
    /// The lines of a section at this depth, each with its origin as a comment.
    func lines(depth: Int = 0) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        switch self {
        case .line(let text, let origin): return ["\(indent)\(text)  # \(origin)"]
        case .section(let entries):
            return entries.flatMap { key, value -> [String] in
                if case .line(let text, let origin) = value {
                    return ["\(indent)\(YAMLWriting.scalar(key)): \(text)  # \(origin)"]
                }
                return ["\(indent)\(YAMLWriting.scalar(key)):"] + value.lines(depth: depth + 1)
            }
        case .list(let items):
            return items.flatMap { item -> [String] in
                var lines = item.lines(depth: depth + 1)
                if let first = lines.first { lines[0] = "\(indent)- \(first.dropFirst(indent.utf8.count + 2))" }
                return lines
            }
        }
    }
}

enum YAMLWriting {
    /// Plain where that is safe for any YAML reader, in quotes elsewhere.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map {
                $0.isASCIILetter || isDigit($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".")
            } ?? false
            && text.utf8.last != UInt8(ascii: ":")
            && text.utf8.allSatisfy { $0.isASCIILetter || isDigit($0) || "_./:*%@+=-".utf8.contains($0) }
            && !["null", "true", "false"].contains(text.lowercased())
        return isPlain ? text : JSON.quote(text)
    }

    static func list(_ items: [String]) -> String { "[" + items.map(scalar).joined(separator: ", ") + "]" }
}

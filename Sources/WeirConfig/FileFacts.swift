/// What the configuration needs to know about the file system, asked through a closure so that this module does no I/O.
package struct FileFacts: Sendable {
    package enum Kind: Sendable {
        case file
        /// A directory with something in it.
        case directory
        case emptyDirectory
        case missing
        /// Nobody looked: checks of paths are left out.
        case unknown
    }

    /// Answers for an absolute path, following symbolic links.
    package var kind: @Sendable (_ path: String) -> Kind

    /// What a small file says; nil: it cannot be read, or is no text, or larger than ``textMax``.
    package var text: @Sendable (_ path: String) -> String?

    package static let textMax = 1 << 20

    package init(
        text: @escaping @Sendable (_ path: String) -> String? = { _ in nil },
        kind: @escaping @Sendable (_ path: String) -> Kind
    ) {
        self.kind = kind
        self.text = text
    }

    package static let unknown = FileFacts { _ in .unknown }

    func isFile(_ path: String) -> Bool { kind(path) == .file }

    func isDirectory(_ path: String) -> Bool {
        let kind = kind(path)
        return kind == .directory || kind == .emptyDirectory
    }
}

/// Path arithmetic on text alone: nothing is looked up, so symbolic links are not resolved.
enum Path {
    /// `path` seen from `directory`, without `.`, `..` and doubled slashes.
    static func resolve(_ path: String, from directory: String) -> String {
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : directory + "/" + path
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The part of `path` below `directory`; nil when it lies elsewhere. Both are resolved.
    static func relative(_ path: String, to directory: String) -> String? {
        let prefix = directory == "/" ? "/" : directory + "/"
        guard path.hasPrefix(prefix), path.count > prefix.count else { return nil }
        return String(path.dropFirst(prefix.count))
    }
}

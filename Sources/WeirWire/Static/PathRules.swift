/// What a path may not say, whatever lies on the disk. The path is normalised before it comes here; this is the second lock
/// on that door, and it is passed only on a cache miss.
package enum PathRules {
    package enum Verdict: Equatable, Sendable {
        case allowed
        /// Names something no file can be called.
        case missing
        case forbidden
    }

    /// Linux' `PATH_MAX`, with its closing NUL and the longest sibling's suffix.
    package static let pathLengthMax = 4_096 - 4

    package static func verdict(_ path: UnsafeRawBufferPointer, dotFiles: Bool) -> Verdict {
        guard path.count <= pathLengthMax, path.first == UInt8(ascii: "/") else { return .missing }
        var start = 1
        for index in 1...path.count {
            let isEnd = index == path.count
            if !isEnd, path[index] == 0 { return .missing }
            guard isEnd || path[index] == UInt8(ascii: "/") else { continue }
            if start < index, path[start] == UInt8(ascii: ".") {
                let segment = UnsafeRawBufferPointer(rebasing: path[start..<index])
                if isDots(segment) { return .forbidden }
                // RFC 8615 gives this name its meaning at the root alone.
                if !dotFiles, !(start == 1 && segment.equals(".well-known")) { return .forbidden }
            }
            // The server's own configuration, with the secrets of its apps' environments, often lies beside the scripts.
            if isEnd, UnsafeRawBufferPointer(rebasing: path[start...]).equals("weir.yaml") { return .forbidden }
            start = index + 1
        }
        return .allowed
    }

    private static func isDots(_ segment: UnsafeRawBufferPointer) -> Bool {
        segment.equals(".") || segment.equals("..")
    }

    /// What follows the last dot of the last segment; empty when there is none, or only a leading one.
    package static func fileExtension(_ path: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var index = path.count
        while index > 0 {
            index -= 1
            if path[index] == UInt8(ascii: "/") { break }
            guard path[index] == UInt8(ascii: ".") else { continue }
            guard index > 0, path[index - 1] != UInt8(ascii: "/") else { break }
            return UnsafeRawBufferPointer(rebasing: path[(index + 1)...])
        }
        return UnsafeRawBufferPointer(rebasing: path[path.count...])
    }
}

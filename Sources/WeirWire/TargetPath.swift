/// Turns the path of a request target into the path of a resource.
package enum TargetPath {
    /// Decodes escapes, removes dot segments and merges slashes, in that order, so that no spelling of `..` escapes
    /// notice.
    ///
    /// - `%2F` stays as those three characters: a decoded slash would separate segments that the client, and any check
    ///   before this one, saw as one. (`%252F` reads the same afterwards; neither can leave its segment.)
    /// - Refused with 400: malformed escapes, escaped control characters (`%00` ends a file's name in C, `%0A` has led
    ///   pattern matching astray), and climbing above the root.
    ///
    /// - Parameters:
    ///   - path: ``RequestHead/path``; empty stands for `/`.
    ///   - result: replaced; keeps its capacity. Starts with `/`.
    package static func normalise(
        _ path: UnsafeRawBufferPointer, into result: inout [UInt8]
    ) throws(RequestError) {
        result.removeAll(keepingCapacity: true)
        guard path.count > 0 else {
            result.append(slash)
            return
        }
        guard path[0] == slash else { throw .bad("a path that does not start at the root") }
        if isNormal(path) {
            result.append(contentsOf: path)
            return
        }
        result.append(slash)
        // Where the segment being read starts in the result: always after a slash.
        var segmentStart = 1
        var index = 1
        while index <= path.count {
            guard index < path.count, path[index] != slash else {
                let isLast = index >= path.count
                try endSegment(&result, &segmentStart, isLast: isLast)
                index &+= 1
                continue
            }
            let byte = path[index]
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                index &+= 1
                continue
            }
            guard index &+ 2 < path.count, let high = path[index &+ 1].hexValue, let low = path[index &+ 2].hexValue
            else {
                throw .bad("a malformed escape in the path")
            }
            let decoded = high << 4 | low
            guard decoded >= 0x20, decoded != 0x7F else { throw .bad("an escaped control character in the path") }
            if decoded == slash {
                result.append(contentsOf: [UInt8(ascii: "%"), UInt8(ascii: "2"), UInt8(ascii: "F")])
            } else {
                result.append(decoded)
            }
            index &+= 3
        }
    }

    private static let slash = UInt8(ascii: "/")

    /// Whether nothing needs to be done, as is true of most paths.
    private static func isNormal(_ path: UnsafeRawBufferPointer) -> Bool {
        var previous: UInt8 = 0
        for byte in path {
            if byte == UInt8(ascii: "%") { return false }
            // A segment that starts with a dot may be an ordinary one; the long way finds out.
            if previous == slash, byte == slash || byte == UInt8(ascii: ".") { return false }
            previous = byte
        }
        return true
    }

    private static func endSegment(
        _ result: inout [UInt8], _ segmentStart: inout Int, isLast: Bool
    ) throws(RequestError) {
        let dot = UInt8(ascii: ".")
        let count = result.count &- segmentStart
        if count == 1, result[segmentStart] == dot {
            result.removeLast()
        } else if count == 2, result[segmentStart] == dot, result[segmentStart &+ 1] == dot {
            guard segmentStart > 1 else { throw .bad("a path that climbs above the root") }
            result.removeLast(3)
            while result[result.count &- 1] != slash { result.removeLast() }
            segmentStart = result.count
        } else if count > 0, !isLast {
            result.append(slash)
            segmentStart = result.count
        }
    }
}

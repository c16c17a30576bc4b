/// Which bytes a `Range` field asks for (RFC 9110, 14.1.2 and 14.2), made harmless: ranges that touch or nearly touch
/// become one, and a field with more than ``limit`` of them is ignored, so no request can ask for more than the file.
enum RangeSelection: Equatable {
    /// Malformed, of another unit, or excessive: the whole file is sent, as if there were no field.
    case ignored
    case unsatisfiable
    case one(Range<Int>)
    case several([Range<Int>])

    static let limit = 16
    /// A gap below this costs less to send than the head of another part.
    static let gap = 80

    init(_ field: UnsafeRawBufferPointer, size: Int) {
        var scanner = FieldScanner(field)
        scanner.skipBlanks()
        // An empty file has no byte to name, and a 416 would help nobody who asks for the end of a log.
        guard size > 0, scanner.word().equalsIgnoringCase("bytes"), scanner.take(UInt8(ascii: "=")) else {
            self = .ignored
            return
        }
        var count = 0
        var first: Range<Int>?
        var ranges: [Range<Int>] = []
        scanner.skipSeparators()
        while !scanner.isAtEnd {
            guard count < Self.limit, let range = Self.next(&scanner, size: size) else {
                self = .ignored
                return
            }
            count += 1
            if range.isEmpty {
                // Beyond the end: dropped as long as another one is satisfiable.
            } else if first == nil {
                first = range
            } else {
                if let first, ranges.isEmpty { ranges = [first] }
                Self.merge(range, into: &ranges)
            }
            scanner.skipBlanks()
            guard scanner.isAtEnd || scanner.take(UInt8(ascii: ",")) else {
                self = .ignored
                return
            }
            scanner.skipSeparators()
        }
        if count == 0 {
            self = .ignored
        } else if ranges.count > 1 {
            self = .several(ranges)
        } else if let only = ranges.first ?? first {
            self = .one(only)
        } else {
            self = .unsatisfiable
        }
    }

    /// Nil: malformed. Empty: well-formed, but beyond the end.
    private static func next(_ scanner: inout FieldScanner, size: Int) -> Range<Int>? {
        guard let start = scanner.number() else {
            guard scanner.take(UInt8(ascii: "-")), let suffix = scanner.number() else { return nil }
            return max(0, size - suffix)..<size
        }
        guard scanner.take(UInt8(ascii: "-")) else { return nil }
        let end = scanner.number() ?? .max
        guard start <= end else { return nil }
        guard start < size else { return size..<size }
        return start..<(min(end, size - 1) + 1)
    }

    private static func merge(_ range: Range<Int>, into ranges: inout [Range<Int>]) {
        var range = range
        var position = ranges.count
        // Growing may bring a range that was passed over within reach, hence from the start after each merge.
        while let index = ranges.firstIndex(where: {
            $0.lowerBound - gap <= range.upperBound && range.lowerBound - gap <= $0.upperBound
        }) {
            let other = ranges.remove(at: index)
            range = min(range.lowerBound, other.lowerBound)..<max(range.upperBound, other.upperBound)
            position = min(position, index)
        }
        ranges.insert(range, at: position)
    }
}

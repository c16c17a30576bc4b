/// The media type of a file, by what its name ends in.
package struct MediaType: Sendable {
    package enum Kind: Sendable {
        /// Sent with a charset.
        case text
        /// Anything else that compression may make smaller.
        case plain
        /// Compressed by its own format: nobody lays a `.br` or `.gz` beside it, and nobody looks for one.
        case packed
    }

    package let name: StaticString
    package let kind: Kind

    package static let unknown = MediaType(name: "application/octet-stream", kind: .plain)

    /// Looks an extension up without regard to case and without allocating.
    package init(fileExtension: UnsafeRawBufferPointer) {
        var (low, high) = (0, Self.rows.count)
        while low < high {
            let middle = (low + high) / 2
            let row = Self.rows[middle]
            switch row.compare(fileExtension) {
            case 0:
                self = MediaType(name: row.name, kind: row.kind)
                return
            case ..<0: low = middle + 1
            default: high = middle
            }
        }
        self = .unknown
    }

    private init(name: StaticString, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// As a field value.
    package var fieldValue: [UInt8] {
        var value: [UInt8] = []
        value.append(name)
        if kind == .text { value.append("; charset=utf-8") }
        return value
    }

    struct Row: Sendable {
        let fileExtension: StaticString
        let name: StaticString
        let kind: Kind

        init(_ fileExtension: StaticString, _ name: StaticString, _ kind: Kind) {
            self.fileExtension = fileExtension
            self.name = name
            self.kind = kind
        }

        /// Below zero when this row comes before `other`.
        func compare(_ other: UnsafeRawBufferPointer) -> Int {
            let count = fileExtension.utf8CodeUnitCount
            for index in 0..<min(count, other.count) {
                let byte = other[index]
                let folded = byte &- 0x41 < 26 ? byte | 0x20 : byte
                let difference = Int(fileExtension.utf8Start[index]) - Int(folded)
                if difference != 0 { return difference }
            }
            return count - other.count
        }
    }
}

/// One line of a header block: where its name and its value lie in the head.
package struct Field: Equatable, Sendable {
    package var name: ByteRange
    /// Without the blanks around it; may be empty.
    package var value: ByteRange
    package var id: FieldID
    /// The name consists of letters, digits and `-` only.
    ///
    /// CGI writes both `-` and `_` as `_`, so a client could send `X_Forwarded_For` to forge what `X-Forwarded-For`
    /// says. Names that are not plain are kept here and left out of the CGI variables.
    package var hasPlainName: Bool
}

/// A header block's fields in order, with an index of the known ones. Keeps its capacity when emptied.
package struct Fields: Sendable {
    private(set) var all: ContiguousArray<Field> = []
    package private(set) var present = FieldIDSet()
    /// The ids that occur more than once.
    package private(set) var repeated = FieldIDSet()

    package init() { all.reserveCapacity(32) }

    @inline(__always)
    package func contains(_ id: FieldID) -> Bool { present.contains(id) }

    package func first(_ id: FieldID) -> Field? {
        guard present.contains(id) else { return nil }
        for field in all where field.id == id { return field }
        return nil
    }

    mutating func append(_ field: Field) {
        if present.contains(field.id) { repeated.insert(field.id) }
        present.insert(field.id)
        all.append(field)
    }

    mutating func removeAll() {
        all.removeAll(keepingCapacity: true)
        present = FieldIDSet()
        repeated = FieldIDSet()
    }
}

extension Fields: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { all.count }
    package var count: Int { all.count }
    package subscript(index: Int) -> Field { all[index] }
}

/// What is wrong with a field line, whoever sent it.
enum FieldLineFault: Error {
    case startsWithBlank, emptyName, badName

    var reason: StaticString {
        switch self {
        case .startsWithBlank: "a folded header line"
        case .emptyName: "a header field without a name"
        case .badName: "a malformed header field name"
        }
    }
}

extension Field {
    /// Parses the line in `lower..<upper`, which holds no control character but TAB.
    @inline(__always)
    init(line bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int) throws(FieldLineFault) {
        var index = lower
        var plain = true
        while index < upper {
            let byte = bytes[index]
            if !byte.isPlainNameByte {
                guard byte.isToken else { break }
                plain = false
            }
            index &+= 1
        }
        guard index < upper, bytes[index] == UInt8(ascii: ":"), index > lower else {
            if bytes[lower].isBlank { throw .startsWithBlank }
            throw bytes[lower] == UInt8(ascii: ":") ? .emptyName : .badName
        }
        let (start, end) = bytes.trimmed(index &+ 1, upper)
        name = ByteRange(lower, index)
        value = ByteRange(start, end)
        id = plain ? FieldID(name: bytes.slice(lower, index)) : .other
        hasPlainName = plain
    }
}

/// A request's fields as CGI variables: which of them become one, what it is called and what it holds.
///
/// Independent of the encoding that carries them, which asks for sizes first and for the bytes then.
///
/// - `Content-Type` becomes `CONTENT_TYPE`, every other field `HTTP_` and its name in capitals with `_` for `-`.
/// - Left out: `Content-Length` and `Transfer-Encoding`, as the body is handed over decoded and its size is the
///   caller's to state; `Proxy`, which programs would take for the setting `HTTP_PROXY`; names with anything but
///   letters, digits and `-`, as several of them map to one variable.
/// - Repeated fields become one variable, joined with `, ` or, for `Cookie`, with `; `.
package struct CGIFields {
    package struct Variable {
        /// The field's first occurrence.
        let index: Int
        /// Further occurrences follow.
        let isJoined: Bool
        package let nameByteCount: Int
        package let valueByteCount: Int
    }

    private let fields: ContiguousArray<Field>
    private let repeated: FieldIDSet
    private let omitted: FieldIDSet
    private let head: UnsafeRawBufferPointer
    private var index = 0

    /// - Parameter omitted: further fields to leave out, such as what only a trusted proxy may say.
    package init(_ fields: Fields, in head: UnsafeRawBufferPointer, omitting omitted: FieldIDSet = []) {
        self.fields = fields.all
        repeated = fields.repeated
        self.head = head
        var omitted = omitted
        omitted.insert(.contentLength)
        omitted.insert(.transferEncoding)
        omitted.insert(.proxy)
        self.omitted = omitted
    }

    package mutating func next() -> Variable? {
        while index < fields.count {
            let current = index
            index &+= 1
            let field = fields[current]
            guard field.hasPlainName, !omitted.contains(field.id) else { continue }
            let name = field.id == .contentType ? 12 : Int(field.name.count) &+ 5
            guard repeated.contains(field.id) else {
                return Variable(
                    index: current, isJoined: false, nameByteCount: name, valueByteCount: Int(field.value.count))
            }
            guard !occurs(field, before: current) else { continue }
            var value = Int(field.value.count)
            var isJoined = false
            for other in index..<fields.count where isSame(field, fields[other]) {
                value &+= Int(fields[other].value.count) &+ 2
                isJoined = true
            }
            return Variable(index: current, isJoined: isJoined, nameByteCount: name, valueByteCount: value)
        }
        return nil
    }

    package func writeName(of variable: Variable, to writer: inout ByteWriter) {
        let field = fields[variable.index]
        guard field.id != .contentType else { return writer.write("CONTENT_TYPE") }
        writer.write("HTTP_")
        for byte in field.name.in(head) {
            writer.write(byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : byte &- 0x61 < 26 ? byte &- 0x20 : byte)
        }
    }

    package func writeValue(of variable: Variable, to writer: inout ByteWriter) {
        let field = fields[variable.index]
        writer.write(field.value.in(head))
        guard variable.isJoined else { return }
        for other in fields[(variable.index &+ 1)...] where isSame(field, other) {
            writer.write(field.id == .cookie ? "; " : ", ")
            writer.write(other.value.in(head))
        }
    }

    private func occurs(_ field: Field, before end: Int) -> Bool {
        for index in 0..<end where isSame(field, fields[index]) { return true }
        return false
    }

    @inline(__always)
    private func isSame(_ a: Field, _ b: Field) -> Bool {
        guard a.id == b.id, b.hasPlainName, a.name.count == b.name.count else { return false }
        return a.id != .other || a.name.in(head).equalsIgnoringCase(b.name.in(head))
    }
}

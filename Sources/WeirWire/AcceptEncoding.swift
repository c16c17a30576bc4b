/// Which codings a client takes for an answer (RFC 9110, 12.5.3).
package enum AcceptEncoding {
    /// How much the client wants `coding`, in thousandths; 0 when it does not take it, as without the field.
    ///
    /// `gzip;q=0` refuses gzip even next to `*`. What cannot be read counts as a refusal: an answer that is not
    /// compressed always works.
    package static func quality(
        of coding: StaticString, in fields: Fields, _ head: UnsafeRawBufferPointer
    ) -> Int {
        var named: Int?
        var wildcard = 0
        for field in fields where field.id == .acceptEncoding {
            var list = TokenList(field.value.in(head))
            while let element = list.next() {
                var end = 0
                while end < element.count, element[end].isToken { end &+= 1 }
                let name = element.slice(0, end)
                if name.equalsIgnoringCase(coding) {
                    named = weight(element, from: end)
                } else if name.equals("*") {
                    wildcard = weight(element, from: end)
                }
            }
        }
        return named ?? wildcard
    }

    package static func accepts(_ coding: StaticString, in fields: Fields, _ head: UnsafeRawBufferPointer) -> Bool {
        quality(of: coding, in: fields, head) > 0
    }

    /// `;q=0.5` with blanks around the semicolon, or nothing.
    private static func weight(_ element: UnsafeRawBufferPointer, from start: Int) -> Int {
        var (index, end) = element.trimmed(start, element.count)
        guard index < end else { return 1_000 }
        guard element[index] == UInt8(ascii: ";") else { return 0 }
        (index, end) = element.trimmed(index &+ 1, end)
        guard end &- index >= 3, element[index] | 0x20 == UInt8(ascii: "q"), element[index &+ 1] == UInt8(ascii: "="),
            element[index &+ 2] == UInt8(ascii: "0") || element[index &+ 2] == UInt8(ascii: "1")
        else { return 0 }
        var weight = Int(element[index &+ 2] &- 0x30) * 1_000
        guard end &- index > 3 else { return weight }
        guard element[index &+ 3] == UInt8(ascii: "."), end &- index <= 7 else { return 0 }
        var place = 100
        for position in (index &+ 4)..<end {
            guard element[position].isDigit else { return 0 }
            weight += Int(element[position] &- 0x30) * place
            place /= 10
        }
        return weight <= 1_000 ? weight : 0
    }
}

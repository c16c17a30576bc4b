/// How a value that is one word is read and written, and what it is called. The table of keys is made of these.
struct Scalar<Value: Sendable>: Sendable {
    /// For the table of keys: `duration`.
    var label: String
    /// For messages: `a duration such as 30s`.
    var expected: String
    var schema: JSON
    var parse: @Sendable (String) throws(Refusal) -> Value
    var print: @Sendable (Value) -> String
}

/// Why a word is not a value of its type.
package struct Refusal: Error {
    /// nil: what was expected and what was found say it all.
    package var reason: String?
    package var suggestion: String?

    init(_ reason: String? = nil, suggestion: String? = nil) {
        self.reason = reason
        self.suggestion = suggestion
    }
}

extension Scalar {
    /// The same values, or `word` for none.
    func or(_ word: String) -> Scalar<Value?> {
        // YAML 1.1 programs turn a bare `off` into false before it reaches a schema.
        let words: [JSON] = word == "off" ? [.text("off"), .bool(false)] : [.text(word)]
        return Scalar<Value?>(
            label: "\(label) or `\(word)`",
            expected: "\(expected), or '\(word)'",
            schema: ["anyOf": [["enum": .list(words)], schema]],
            parse: { text throws(Refusal) in
                if text == word || (word == "off" && text == "false") { return nil }
                return try parse(text)
            },
            print: { value in value.map(print) ?? word }
        )
    }
}

extension Scalar where Value == String {
    static func text(
        _ label: String, expected: String, pattern: String? = nil,
        check: @escaping @Sendable (String) throws(Refusal) -> String
    ) -> Scalar {
        let schema: JSON = pattern.map { ["type": "string", "pattern": .text($0)] } ?? ["type": "string"]
        return Scalar(label: label, expected: expected, schema: schema, parse: check, print: { $0 })
    }

    /// Any text without control characters.
    static func text(_ label: String, expected: String) -> Scalar {
        text(label, expected: expected, pattern: "^.+$") { text throws(Refusal) in
            guard !text.isEmpty, !text.hasControls else { throw Refusal() }
            return text
        }
    }
}

extension Scalar where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static var word: Scalar {
        let words = Value.allCases.map(\.rawValue)
        // A bare `off` again, see `or(_:)`.
        let choices = words.map { JSON.text($0) } + (words.contains("off") ? [.bool(false)] : [])
        return Scalar(
            label: words.map { "`\($0)`" }.joined(separator: ", "),
            expected: words.count > 2 ? "one of " + words.joined(separator: ", ") : words.joined(separator: " or "),
            schema: ["enum": .list(choices)],
            parse: { text throws(Refusal) in
                if let value = Value(rawValue: text) { return value }
                if text == "false", let off = Value(rawValue: "off") { return off }
                throw Refusal(suggestion: NearestWord.to(text, among: words))
            },
            print: { $0.rawValue }
        )
    }
}

extension Scalar where Value == Bool {
    static var bool: Scalar {
        Scalar(
            label: "`true`, `false`",
            expected: "true or false",
            schema: ["type": "boolean"],
            parse: { text throws(Refusal) in
                // The words of YAML 1.1, which many tools still write.
                switch text.lowercased() {
                case "true", "yes", "on": return true
                case "false", "no", "off": return false
                default: throw Refusal()
                }
            },
            print: { $0 ? "true" : "false" }
        )
    }
}

extension Scalar where Value == Int {
    static func count(_ range: ClosedRange<Int>) -> Scalar {
        Scalar(
            label: "number",
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            schema: ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)],
            parse: { text throws(Refusal) in
                guard let value = Int(text), range.contains(value) else { throw Refusal() }
                return value
            },
            print: { String($0) }
        )
    }
}

extension String {
    /// C0, DEL and C1: nothing of the kind belongs in a path, a name or a header.
    var hasControls: Bool { unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) } }
}

/// The words of answers that are long enough to belong to one user only.
package enum Tokens {
    package static let lengthMin = 6
    private static let lengthMax = 200

    /// Of the body and of the fields' values.
    package static func of(_ answer: PageAnswer) -> Set<String> {
        var tokens = of(answer.body)
        for field in answer.fields where !ignoredFields.contains(field.name.lowercased()) {
            tokens.formUnion(of(field.value))
        }
        // Error pages show it too.
        for field in answer.fields where field.name.lowercased() == "x-request-id" { tokens.subtract(of(field.value)) }
        return tokens
    }

    private static let ignoredFields: Set<String> = ["date", "expires", "last-modified", "content-length"]

    static func of(_ text: String) -> Set<String> {
        var tokens: Set<String> = []
        var token = ""
        for character in text {
            if character.isLetter || character.isNumber || "_-.@%+=".contains(character) {
                if token.count < lengthMax { token.append(character) }
            } else {
                add(token, to: &tokens)
                token = ""
            }
        }
        add(token, to: &tokens)
        return tokens
    }

    private static func add(_ token: String, to tokens: inout Set<String>) {
        let trimmed = token.drop { ".=-%+".contains($0) }.reversed().drop { ".=-%+".contains($0) }.reversed()
        if trimmed.count >= lengthMin { tokens.insert(String(trimmed)) }
    }

    /// Only digits and points: a time, a size, a number that anyone's page may show.
    static func isNumber(_ token: String) -> Bool { token.allSatisfy { $0.isNumber || ".-+%=".contains($0) } }

    /// As long as a session's id or a key is, and no path of words.
    private static let secretLength = 20

    /// A text in which nothing is left that could be used as somebody.
    static func masked(_ text: String) -> String {
        of(text).filter { $0.count >= secretLength && $0.contains(where: \.isNumber) }
            .sorted { $0.count > $1.count }
            .reduce(text) { $0.replacing($1, with: shortened($1)) }
    }

    /// Enough to find it by, not enough to use it.
    package static func shortened(_ token: String) -> String { "\(token.prefix(3))… (\(token.count) characters)" }
}

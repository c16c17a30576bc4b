/// A command line taken apart into words as a shell does, without a shell: quotes and backslashes count, and nothing is
/// expanded, redirected or run in between.
enum CommandWords {
    /// What only a shell understands, as a word of its own.
    private static let operators: Set<Substring> = [
        "|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>>", "2>&1", "&>",
    ]

    static func split(_ text: String) throws(Refusal) -> [String] {
        var words: [String] = []
        // nil between words: `''` is a word too.
        var word: String?
        var isPlain = true
        var characters = text.unicodeScalars.makeIterator()

        func finish() throws(Refusal) {
            guard let ended = word else { return }
            if isPlain, isOperator(ended) { throw shellNeeded(ended, in: text) }
            words.append(ended)
            word = nil
            isPlain = true
        }
        func add(_ scalar: Unicode.Scalar) {
            var grown = word ?? ""
            grown.unicodeScalars.append(scalar)
            word = grown
        }

        while let scalar = characters.next() {
            switch scalar {
            case " ", "\t", "\n", "\r": try finish()
            case "'":
                word = word ?? ""
                isPlain = false
                var isClosed = false
                while let inner = characters.next() {
                    isClosed = inner == "'"
                    if isClosed { break }
                    add(inner)
                }
                guard isClosed else { throw Refusal("a quote (') that is not closed") }
            case "\"":
                word = word ?? ""
                isPlain = false
                var isClosed = false
                while let inner = characters.next() {
                    isClosed = inner == "\""
                    if isClosed { break }
                    guard inner == "\\" else {
                        add(inner)
                        continue
                    }
                    guard let escaped = characters.next() else { break }
                    if !"\"\\$`".unicodeScalars.contains(escaped) { add(inner) }
                    add(escaped)
                }
                guard isClosed else { throw Refusal("a quote (\") that is not closed") }
            case "\\":
                isPlain = false
                guard let escaped = characters.next() else { throw Refusal("a backslash with nothing behind it") }
                add(escaped)
            default: add(scalar)
            }
        }
        try finish()
        return words
    }

    private static func isOperator(_ word: String) -> Bool {
        operators.contains(Substring(word)) || word.utf8.count > 1 && (word.hasSuffix(";") || word.hasPrefix(">"))
    }

    private static func shellNeeded(_ word: String, in text: String) -> Refusal {
        Refusal(
            "\(word.quoted) is for a shell, and none reads this: write [sh, -c, …] with the whole line as the third word, "
                + "or put the word in quotes")
    }
}

extension Kind where Value == [String] {
    private static var expected: String { "a command such as php artisan queue:work, or a list of its words" }

    /// A program and its arguments: one text, or a list of words that are taken as they are.
    static var command: Kind {
        let word: JSON = ["type": ["string", "number", "boolean"]]
        return Kind(
            // One text for the environment too: what has commas is no list.
            shape: .scalar(
                label: "command, or a list of its words",
                schema: ["anyOf": [["type": "string", "pattern": "\\S"], ["type": "array", "items": word]]]),
            read: { written, path, value, reader in
                var words: [String] = []
                switch written.content {
                case .nothing, .section: return reader.refuse(written, at: path, expected: expected)
                case .text(let text):
                    do throws(Refusal) {
                        words = try CommandWords.split(text)
                    } catch {
                        return reader.refuse(written, at: path, expected: expected, because: error)
                    }
                case .list(let items):
                    for (index, item) in items.enumerated() {
                        let itemPath = "\(path)[\(index)]"
                        reader.origins[itemPath] = item.origin
                        guard case .text(let text) = item.content else {
                            return reader.refuse(item, at: itemPath, expected: "a word of the command")
                        }
                        words.append(text)
                    }
                }
                guard let program = words.first, !program.isEmpty else {
                    return reader.refuse(written, at: path, expected: expected)
                }
                if words.contains(where: { $0.unicodeScalars.contains { $0.value == 0 } }) {
                    reader.error(at: path, "a word with a NUL byte")
                }
                value = words
            },
            show: { value, path, showing in showing.line(YAMLWriting.list(value), at: path) }
        )
    }
}

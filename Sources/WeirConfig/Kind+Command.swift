extension Kind where Value == [String] {
    /// A program and its arguments: a list, or text that is split as a shell would split it.
    static var command: Kind {
        let expected = "a command such as ./server --listen {socket}, or a list of its words"
        return Kind(
            shape: .list(
                of: .scalar(label: "command", schema: ["type": "string", "minLength": 1]), single: true),
            read: { written, path, value, reader in
                switch written.content {
                case .list(let items):
                    let words = items.compactMap { item -> String? in
                        if case .text(let word) = item.content { word } else { nil }
                    }
                    guard words.count == items.count, words.first.map({ !$0.isEmpty }) ?? false else {
                        return reader.refuse(written, at: path, expected: expected)
                    }
                    value = words
                case .text(let text):
                    guard let words = CommandLineWords.split(text), !words.isEmpty else {
                        return reader.error(
                            at: path, "\(text.quoted) is no command: a quote is not closed, or there is nothing in it")
                    }
                    value = words
                case .nothing: value = []
                case .section: reader.refuse(written, at: path, expected: expected)
                }
            },
            show: { value, path, showing in
                value.isEmpty ? nil : showing.line(YAMLWriting.list(value), at: path)
            }
        )
    }
}

/// Words of a command as a shell would see them: blanks part them; single quotes keep everything, double quotes all but
/// a backslash before `"` and `\`; outside a backslash keeps the next character. Nothing is expanded.
enum CommandLineWords {
    /// nil: a quote is not closed, or a backslash is the last character.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text[...]
        while let character = rest.popFirst() {
            switch (quote, character) {
            case (nil, " "), (nil, "\t"), (nil, "\n"):
                if let done = word { words.append(done) }
                word = nil
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (let open?, _) where character == open: quote = nil
            case (nil, "\\"):
                guard let next = rest.popFirst() else { return nil }
                word = (word ?? "") + String(next)
            case ("\"", "\\"):
                guard let next = rest.popFirst() else { return nil }
                word = (word ?? "") + (next == "\"" || next == "\\" ? String(next) : "\\" + String(next))
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { return nil }
        if let done = word { words.append(done) }
        return words
    }
}

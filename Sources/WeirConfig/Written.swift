/// A value as somebody wrote it, before it has a type. The file, the environment and the flags become one such tree, laid
/// over each other, so that one reading with one set of messages serves them all.
struct Written: Sendable {
    enum Content: Sendable {
        case nothing
        case text(String)
        case list([Written])
        case section([Entry])
    }

    struct Entry: Sendable {
        var key: String
        /// Where the key is, which is what a reader looks for; the value may begin on a later line.
        var origin: Origin
        var value: Written
    }

    var content: Content
    var origin: Origin

    static func text(_ text: String, _ origin: Origin) -> Written { Written(content: .text(text), origin: origin) }

    static func section(_ pairs: [(String, Written)], _ origin: Origin) -> Written {
        Written(content: .section(pairs.map { Entry(key: $0, origin: origin, value: $1) }), origin: origin)
    }
}

extension Written {
    subscript(key: String) -> Written? {
        guard case .section(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    var keys: [String] {
        guard case .section(let entries) = content else { return [] }
        return entries.map(\.key)
    }

    /// Puts `value` at the path, making the sections on the way.
    mutating func set(_ path: some Collection<KeyStep>, to value: Written) {
        guard let step = path.first else {
            self = value
            return
        }
        var entries: [Entry]
        switch content {
        case .section(let present): entries = present
        case .nothing: entries = []
        // A misplaced value: left for the reading to complain about.
        case .text, .list: return
        }
        let index = entries.firstIndex { $0.key == step.name } ?? entries.endIndex
        if index == entries.endIndex {
            entries.append(
                Entry(key: step.name, origin: value.origin, value: Written(content: .nothing, origin: value.origin)))
        }
        let rest = path.dropFirst()
        if rest.isEmpty {
            entries[index].origin = value.origin
        } else if let shorthand = step.shorthand, case .text = entries[index].value.content {
            let short = entries[index]
            entries[index].value.content = .section([Entry(key: shorthand, origin: short.origin, value: short.value)])
        }
        entries[index].value.set(rest, to: value)
        content = .section(entries)
    }

    /// What stands there, in words for a message.
    var inWords: String {
        switch content {
        case .nothing: "nothing"
        case .text(let text): text.quoted
        case .list: "a list"
        case .section: "a section"
        }
    }
}

/// One name on the way to a key, and the key that a bare value in its place stands for (`access_log: json`).
struct KeyStep: Sendable, Equatable {
    var name: String
    var shorthand: String?
}

extension String {
    /// In quotes for a message.
    var quoted: String { "'\(escaped(max: 60))'" }

    /// One line, not too long, with nothing that could upset a terminal.
    func escaped(max: Int) -> String {
        var text = ""
        for scalar in unicodeScalars.prefix(max) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                text += scalar == "\n" ? "\\n" : scalar == "\t" ? "\\t" : "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return unicodeScalars.count > max ? text + "…" : text
    }
}

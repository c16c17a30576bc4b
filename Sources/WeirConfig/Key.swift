/// One key of the configuration: its name, its meaning, its type and the place in the settings that it fills. Loading,
/// `weir config show`, the schema, the environment's names and the table in the documentation all come from these.
struct Key<Root: Sendable>: Sendable {
    let name: String
    /// Another spelling that is read too.
    let alias: String?
    let summary: String
    let isRequired: Bool
    /// What the documentation calls the default where it depends on something else.
    private let fallback: String?
    let shape: Shape
    let read: @Sendable (Written, String, inout Root, inout Reader) -> Void
    let show: @Sendable (Root, String, Showing) -> Shown?

    init<Value: Sendable>(
        _ name: String, _ property: WritableKeyPath<Root, Value> & Sendable, _ kind: Kind<Value>, _ summary: String,
        alias: String? = nil, isRequired: Bool = false, fallback: String? = nil
    ) {
        self.name = name
        self.alias = alias
        self.summary = summary
        self.isRequired = isRequired
        self.fallback = fallback
        self.shape = kind.shape
        self.read = { written, path, root, reader in kind.read(written, path, &root[keyPath: property], &reader) }
        self.show = { root, path, showing in kind.show(root[keyPath: property], path, showing) }
    }

    init<Value: Sendable>(
        _ name: String, _ property: WritableKeyPath<Root, Value> & Sendable, _ scalar: Scalar<Value>, _ summary: String,
        isRequired: Bool = false, fallback: String? = nil
    ) {
        self.init(name, property, .scalar(scalar), summary, isRequired: isRequired, fallback: fallback)
    }

    /// A key whose value may be missing, which is written `none`.
    init<Value: Sendable>(
        _ name: String, _ property: WritableKeyPath<Root, Value?> & Sendable, _ scalar: Scalar<Value>, none: String,
        _ summary: String, fallback: String? = nil
    ) {
        self.init(name, property, .scalar(scalar.or(none)), summary, fallback: fallback)
    }

    /// The key without its type, its default taken from `root`.
    func shape(defaults root: Root) -> KeyShape {
        var fallback = fallback
        if fallback == nil, !isRequired, case .line(let text, _) = show(root, name, Showing(origins: Origins())) {
            fallback = text
        }
        return KeyShape(
            name: name, alias: alias, summary: summary, isRequired: isRequired, shape: shape, fallback: fallback)
    }
}

/// How a value of a key is read and shown. Reading changes the value in place: what is not written keeps its default.
struct Kind<Value: Sendable>: Sendable {
    let shape: Shape
    let read: @Sendable (Written, String, inout Value, inout Reader) -> Void
    /// nil: nothing to show.
    let show: @Sendable (Value, String, Showing) -> Shown?
}

extension Kind {
    static func scalar(_ scalar: Scalar<Value>) -> Kind {
        Kind(
            shape: .scalar(label: scalar.label, schema: scalar.schema),
            read: { written, path, value, reader in
                if let parsed = scalar.read(written, path, &reader) { value = parsed }
            },
            show: { value, path, showing in
                let text = scalar.print(value)
                // The text 'true' is quoted, the value is not.
                return showing.line(value is Bool ? text : YAMLWriting.scalar(text), at: path)
            }
        )
    }

    static func section(_ keys: [Key<Value>], defaults: Value, choice: [String] = []) -> Kind {
        Kind(
            shape: .section(SectionShape(keys: keys.map { $0.shape(defaults: defaults) }, choice: choice)),
            read: { written, path, value, reader in read(keys, from: written, path, &value, &reader) },
            show: { value, path, showing in
                let entries = keys.compactMap { key in
                    key.show(value, child(key.name, of: path), showing).map { (key: key.name, value: $0) }
                }
                return entries.isEmpty ? showing.line("{}", at: path) : .section(entries)
            }
        )
    }

    /// A section, or one word in its place.
    static func shorthand<Word>(
        _ scalar: Scalar<Word>, for property: WritableKeyPath<Value, Word> & Sendable, key: String,
        _ keys: [Key<Value>],
        defaults: Value
    ) -> Kind {
        let section = Kind.section(keys, defaults: defaults)
        let shape = SectionShape(keys: keys.map { $0.shape(defaults: defaults) })
        return Kind(
            shape: .shorthand(label: scalar.label, schema: scalar.schema, key: key, shape),
            read: { written, path, value, reader in
                guard case .text = written.content else { return section.read(written, path, &value, &reader) }
                reader.origins[child(key, of: path)] = reader.origins.nearest(path)
                if let word = scalar.read(written, path, &reader) { value[keyPath: property] = word }
            },
            show: section.show
        )
    }

    private static func read(
        _ keys: [Key<Value>], from written: Written, _ path: String, _ value: inout Value, _ reader: inout Reader
    ) {
        let entries: [Written.Entry]
        switch written.content {
        case .section(let present): entries = present
        // A section with all its lines commented out.
        case .nothing: entries = []
        case .text, .list: return reader.refuse(written, at: path, expected: "a section (lines of 'key: value')")
        }
        var seen: Set<String> = []
        for entry in entries {
            guard let key = keys.first(where: { $0.name == entry.key || $0.alias == entry.key }) else {
                // A place for what aliases refer to.
                if path.isEmpty, entry.key.hasPrefix("x-") { continue }
                reader.unknownKey(entry, at: child(entry.key, of: path), among: keys.map(\.name))
                continue
            }
            let keyPath = child(key.name, of: path)
            reader.origins[keyPath] = entry.origin
            if !seen.insert(key.name).inserted {
                reader.error(at: keyPath, "'\(key.name)' and '\(key.alias ?? "")' are one key; write it once")
            }
            key.read(entry.value, keyPath, &value, &reader)
        }
        for key in keys where key.isRequired && !seen.contains(key.name) {
            reader.error(at: path, "'\(key.name)' is missing\(key.expectation)")
        }
    }
}

extension Key {
    fileprivate var expectation: String {
        guard case .scalar(let label, _) = shape else { return "" }
        return " (\(label.filter { $0 != "`" }))"
    }
}

extension Scalar {
    func read(_ written: Written, _ path: String, _ reader: inout Reader) -> Value? {
        guard case .text(let text) = written.content else {
            reader.refuse(written, at: path, expected: expected)
            return nil
        }
        do {
            return try parse(text)
        } catch {
            reader.refuse(written, at: path, expected: expected, because: error)
            return nil
        }
    }
}

func child(_ name: String, of path: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

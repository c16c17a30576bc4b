import Yams

/// Turns YAML text into a ``Written`` tree, within bounds: a configuration is small, and what is not is a mistake.
struct YAMLReading {
    static let sizeMax = 1 << 20
    static let nodesMax = 20_000
    static let depthMax = 24
    /// Duplicate keys reported before giving up on the file.
    static let duplicatesMax = 20

    let name: String
    private var text: String
    private var nodes = 0
    private var renamed = 0
    private var isBeyondBounds = false
    private(set) var problems: [ConfigurationProblem] = []

    init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// nil after a problem that leaves nothing to read.
    mutating func read() -> Written? {
        guard text.utf8.count <= Self.sizeMax else {
            refuse("the file is larger than 1 MiB, which no configuration is", at: .start)
            return nil
        }
        // A byte order mark is nothing that the writer sees.
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        if let refusal = YAMLAnchors.refusal(of: text) {
            refuse(refusal, at: .start)
            return nil
        }
        do {
            guard let root = try compose() else { return Written(content: .nothing, origin: origin(.start)) }
            let written = convert(root, depth: 0)
            return isBeyondBounds ? nil : written
        } catch {
            refuse(error.reason, at: error.place)
            return nil
        }
    }

    /// Parses. At a duplicate key the parser stops: that key is renamed and the text parsed again, so that the rest of
    /// the file is checked too. ``convert(_:depth:)`` knows the renamed ones by their first character.
    private mutating func compose() throws(YAMLFailure) -> Node? {
        while true {
            do {
                return try Yams.compose(yaml: text, .basic, .default, .utf8)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let place = TextPlace(line: context.mark.line, column: context.mark.column)
                let key = keys.first ?? ""
                guard renamed < Self.duplicatesMax, place.insert(marker(renamed), beforeKeyIn: &text) else {
                    throw YAMLFailure(reason: "duplicate key \(key.quoted)", place: place)
                }
                renamed += 1
            } catch {
                throw YAMLFailure(error, in: text)
            }
        }
    }

    private func marker(_ index: Int) -> Unicode.Scalar { Unicode.Scalar(UInt32(0xE000 + index)) ?? "\u{E000}" }

    /// The key as it was before ``compose()`` renamed it; nil for one that was left alone.
    private func originalName(_ key: String) -> String? {
        guard renamed > 0, let first = key.unicodeScalars.first, (0xE000..<0xE000 + renamed).contains(Int(first.value))
        else { return nil }
        return String(key.unicodeScalars.dropFirst())
    }

    private mutating func convert(_ node: Node, depth: Int) -> Written {
        let origin = origin(TextPlace(node.mark))
        nodes += 1
        guard nodes <= Self.nodesMax else {
            // Said once; aliases of aliases arrive here thousands of times.
            if nodes == Self.nodesMax + 1 {
                refuse("more than \(Self.nodesMax) values, an alias counted as often as it is used", at: .start)
            }
            isBeyondBounds = true
            return Written(content: .nothing, origin: origin)
        }
        guard depth <= Self.depthMax else {
            if !isBeyondBounds { refuse("nested more than \(Self.depthMax) levels deep", at: TextPlace(node.mark)) }
            isBeyondBounds = true
            return Written(content: .nothing, origin: origin)
        }
        let tag = node.tag.rawValue
        if tag.hasPrefix("!"), tag != "!" {
            refuse("tags such as \(tag.quoted) mean nothing here", at: TextPlace(node.mark))
        }
        switch node {
        case .scalar(let scalar):
            let isNothing = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            return Written(content: isNothing ? .nothing : .text(scalar.string), origin: origin)
        case .sequence(let items):
            return Written(content: .list(items.map { convert($0, depth: depth + 1) }), origin: origin)
        case .mapping(let mapping):
            return Written(content: .section(entries(of: mapping, depth: depth)), origin: origin)
        case .alias:
            return Written(content: .nothing, origin: origin)
        }
    }

    private mutating func entries(of mapping: Node.Mapping, depth: Int) -> [Written.Entry] {
        var entries: [Written.Entry] = []
        var merged: [Written.Entry] = []
        /// Where each duplicate key was first written.
        var first: [String: TextPlace] = [:]
        for (key, value) in mapping {
            let place = TextPlace(key.mark)
            guard case .scalar(let scalar) = key else {
                refuse("a key must be a plain word", at: place)
                continue
            }
            if let original = originalName(scalar.string) {
                reportDuplicate(original, at: place, first: &first)
                continue
            }
            reportDuplicate(scalar.string, at: place, ifIn: &first)
            let written = convert(value, depth: depth + 1)
            if scalar.string == "<<", scalar.style == .plain {
                merged += merge(written)
            } else {
                entries.append(Written.Entry(key: scalar.string, origin: origin(place), value: written))
            }
        }
        // YAML's merge key: what is written here goes before what is merged, and an earlier merge before a later one.
        for entry in merged where !entries.contains(where: { $0.key == entry.key }) { entries.append(entry) }
        return entries
    }

    private mutating func merge(_ written: Written) -> [Written.Entry] {
        switch written.content {
        case .section(let entries): return entries
        case .list(let items): return items.flatMap { merge($0) }
        case .nothing: return []
        case .text:
            let reason = "expected a section to merge, found \(written.inWords)"
            problems.append(ConfigurationProblem(place: written.origin, keyPath: "<<", reason: reason))
            return []
        }
    }

    /// A renamed key is either the first of its name or one of those between the first and the last.
    private mutating func reportDuplicate(_ key: String, at place: TextPlace, first: inout [String: TextPlace]) {
        if first[key] == nil { first[key] = place } else { reportDuplicate(key, at: place, ifIn: &first) }
    }

    private mutating func reportDuplicate(_ key: String, at place: TextPlace, ifIn first: inout [String: TextPlace]) {
        guard let earlier = first[key] else { return }
        refuse("duplicate key \(key.quoted), first on line \(earlier.line)", at: place)
    }

    private func origin(_ place: TextPlace) -> Origin {
        .file(name: name, line: place.line, column: place.column)
    }

    private mutating func refuse(_ reason: String, at place: TextPlace) {
        problems.append(ConfigurationProblem(place: origin(place), keyPath: "", reason: reason))
    }
}

/// The table of keys as Markdown: the part of the documentation that would otherwise fall behind the code.
package enum Reference {
    package static func markdown() -> String {
        guard case .section(let top) = Keys.settings.shape else { return "" }
        var sections = [Section(title: "Top level", keys: top.keys)]
        for key in top.keys { sections += nested(key, path: key.name) }
        return sections.map(\.markdown).joined(separator: "\n")
    }

    private struct Section {
        var title: String
        var keys: [KeyShape]

        var markdown: String {
            var lines = ["### \(title)", "", "| key | value | default | what it does |", "|-|-|-|-|"]
            for key in keys {
                let name = key.alias.map { "`\(key.name)`, `\($0)`" } ?? "`\(key.name)`"
                let fallback = key.isRequired ? "required" : key.fallback.map { "`\($0)`" } ?? ""
                lines.append("| \(name) | \(Reference.label(of: key.shape)) | \(fallback) | \(key.summary) |")
            }
            return lines.joined(separator: "\n") + "\n"
        }
    }

    private static func nested(_ key: KeyShape, path: String) -> [Section] {
        switch key.shape {
        case .section(let section), .shorthand(_, _, _, let section): sections(section, path)
        case .named(let section, _): sections(section, "\(path).<name>")
        case .list(of: .section(let section), _): sections(section, "\(path)[]")
        case .scalar, .list, .texts: []
        }
    }

    private static func sections(_ shape: SectionShape, _ path: String) -> [Section] {
        [Section(title: "`\(path)`", keys: shape.keys)] + shape.keys.flatMap { nested($0, path: "\(path).\($0.name)") }
    }

    private static func label(of shape: Shape) -> String {
        switch shape {
        case .scalar(let label, _): label
        case .list(of: .scalar(let label, _), _): "\(label), one or a list"
        case .list: "list"
        case .section: "section"
        case .shorthand(let label, _, _, _): "\(label), or a section"
        case .named(_, let what): "section with a name for each \(what)"
        case .texts: "section of names and values"
        }
    }
}

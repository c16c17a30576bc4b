import Yams

/// A place in the text, line and column counted from 1 as YAML's marks do; columns count Unicode scalars.
struct TextPlace: Equatable {
    var line: Int
    var column: Int

    /// The file as a whole.
    static let start = TextPlace(line: 0, column: 0)

    init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    init(_ mark: Mark?) {
        self.init(line: mark?.line ?? 0, column: mark?.column ?? 0)
    }

    /// The place after `count` UTF-8 bytes of the text.
    init(afterBytes count: Int, of text: String) {
        self.init(line: 1, column: 1)
        for scalar in text.utf8.prefix(count) where scalar & 0xC0 != 0x80 {
            if scalar == UInt8(ascii: "\n") { (line, column) = (line + 1, 1) } else { column += 1 }
        }
    }

    func index(in text: String) -> String.UnicodeScalarView.Index? {
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        var line = 1
        while line < self.line, index < scalars.endIndex {
            let scalar = scalars[index]
            index = scalars.index(after: index)
            switch scalar {
            case "\r":
                if index < scalars.endIndex, scalars[index] == "\n" { index = scalars.index(after: index) }
                line += 1
            case "\n", "\u{85}", "\u{2028}", "\u{2029}": line += 1
            default: break
            }
        }
        return scalars.index(index, offsetBy: max(0, column - 1), limitedBy: scalars.endIndex)
    }

    /// Makes the key that begins here another key. False when what is here cannot be extended at its front.
    func insert(_ marker: Unicode.Scalar, beforeKeyIn text: inout String) -> Bool {
        guard line > 0, let index = index(in: text), index < text.unicodeScalars.endIndex else { return false }
        switch text.unicodeScalars[index] {
        case "&", "*", "!", "?", "|", ">", "[", "{": return false
        case "\"", "'": text.unicodeScalars.insert(marker, at: text.unicodeScalars.index(after: index))
        default: text.unicodeScalars.insert(marker, at: index)
        }
        return true
    }
}

/// What the YAML parser refused, in words for someone who writes a configuration and not a parser.
struct YAMLFailure: Error {
    var reason: String
    var place: TextPlace

    init(reason: String, place: TextPlace) {
        self.reason = reason
        self.place = place
    }

    init(_ error: any Error, in text: String) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = TextPlace(mark)
            self.init(reason: Self.reason(problem, context: context, at: place, in: text), place: place)
        case .reader(let problem, let offset, _, _):
            // The offset counts characters, of which there are fewer than bytes; near enough to find the line.
            let prefix = text.prefix(offset ?? 0).utf8.count
            self.init(reason: "not readable as text: \(problem)", place: TextPlace(afterBytes: prefix, of: text))
        default:
            self.init(reason: "not readable as YAML", place: .start)
        }
    }

    private static func reason(_ problem: String, context: YamlError.Context?, at place: TextPlace, in text: String)
        -> String
    {
        let scalars = text.unicodeScalars
        let here = place.index(in: text).flatMap { $0 < scalars.endIndex ? scalars[$0] : nil }
        let inIndentation = place.index(in: text).map { index in
            scalars[..<index].reversed().prefix { $0 != "\n" }.allSatisfy { $0 == " " || $0 == "\t" }
        }
        if here == "\t" {
            return inIndentation == true
                ? "indented with a tab; use spaces" : "a tab where YAML allows none; use spaces"
        }
        if problem == "found character that cannot start any token", let here {
            return "a value cannot begin with \(String(here).quoted); put it in quotes"
        }
        if context?.text.contains("alias") == true { return "a value that begins with '*' must be in quotes" }
        if problem.hasPrefix("mapping values are not allowed") {
            return "a second ':' on this line, or wrong indentation; a value that contains ': ' must be in quotes"
        }
        if problem == "found undefined alias" {
            return "an alias (*name) without its anchor (&name); a value that begins with '*' must be in quotes"
        }
        if problem == "but found another document" {
            return "a second document ('---'); one file holds one configuration"
        }
        if problem == "could not find expected ':'" { return "expected 'key: value'" }
        let began = context.map { " that began on line \($0.mark.line)" } ?? ""
        if context?.text.contains("quoted scalar") == true { return "the quoted text\(began) does not end" }
        if problem.hasPrefix("did not find expected ','") {
            return "expected ',' or the end of the list or section\(began)"
        }
        if problem.hasPrefix("did not find expected key") || problem.hasPrefix("did not find expected '-'") {
            return "this does not line up with the section\(began): check the indentation"
        }
        return "not YAML: " + (context.map { "\($0.text), " } ?? "") + problem
    }
}

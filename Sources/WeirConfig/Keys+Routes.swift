import WeirCore

/// A route as it is written, where its action may be missing or there twice.
struct RouteDraft: Equatable, Sendable {
    var host: String?
    var path: String?
    var extensions: [String] = []
    var methods: [String] = []
    var app: String?
    var lane: String?
    var stream = false
    var files: StaticSettings?
    var redirect: Redirect?
    var respond: Response?

    struct Redirect: Equatable, Sendable {
        var to = ""
        // Not remembered by browsers, so a mistake can be taken back.
        var status = 302
    }

    struct Response: Equatable, Sendable {
        var status = 200
        var body = ""
        var headers: [String: String] = [:]
    }
}

extension Keys {
    static let routes = Kind<[RouteSettings]>.list(
        of: .section(route, defaults: RouteDraft(), choice: RouteDraft.actions),
        empty: { RouteDraft() },
        element: { draft, path, reader in draft.settings(at: path, &reader) },
        draft: { RouteDraft($0) }
    )

    private static let route: [Key<RouteDraft>] = [
        Key(
            "host", \.host, .optional(.scalar(host), empty: { "" }),
            "`example.com`, or `*.example.com` for every name below it."),
        Key(
            "path", \.path, .optional(.scalar(routePath), empty: { "" }),
            "`/a` for this path alone, `/a/*` for every path below it."),
        Key(
            "extensions", \.extensions, .given(.list(of: fileExtension)), "What the path's last part ends with: `jpg`.",
            alias: "extension"),
        Key("methods", \.methods, .given(.list(of: method)), "`GET`, `POST`, …", alias: "method"),
        Key("app", \.app, .optional(.scalar(name), empty: { "" }), "The app that answers."),
        Key("lane", \.lane, .optional(.scalar(name), empty: { "" }), "With `app`: the lane that the request takes."),
        Key(
            "stream", \.stream, .shownWhenSet,
            "With `app`, of a runtime that speaks HTTP: bodies and answers go through as they come, and a slow client slows "
                + "the app down. Without it both are collected, so that no client does."),
        Key(
            "static", \.files,
            .optional(
                .shorthand(.path, for: \.root, key: "root", root + files, defaults: StaticSettings()),
                empty: { StaticSettings() }),
            "The directory whose files are served, or a section."
        ),
        Key(
            "redirect", \.redirect,
            .optional(.shorthand(location, for: \.to, key: "to", redirect, defaults: .init()), empty: { .init() }),
            "Where the client is sent, or a section."
        ),
        Key(
            "respond", \.respond,
            .optional(
                .shorthand(.count(200...599), for: \.status, key: "status", respond, defaults: .init()),
                empty: { .init() }),
            "A fixed answer: a status, or a section."
        ),
    ]

    private static let root: [Key<StaticSettings>] = [
        Key(
            "root", \.root, .path, "The directory, seen from that of the file; the request's path is looked up in it.",
            isRequired: true)
    ]

    private static let redirect: [Key<RouteDraft.Redirect>] = [
        Key("to", \.to, location, "A path or a URL.", isRequired: true),
        Key("status", \.status, redirectStatus, "301 and 308 are remembered by browsers, 302, 303 and 307 are not."),
    ]

    private static let respond: [Key<RouteDraft.Response>] = [
        Key("status", \.status, .count(200...599), "The status."),
        Key("body", \.body, anyText, "The body."),
        Key("headers", \.headers, .texts(isName: { $0.isToken }), "The headers."),
    ]

    private static let name = Scalar<String>.text("name", expected: "a name", pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]*$") {
        text throws(Refusal) in
        guard text.isName else { throw Refusal() }
        return text
    }

    private static let host = Scalar<String>.text(
        "host", expected: "a host such as example.com or *.example.com",
        pattern: "^(\\*\\.)?[A-Za-z0-9._-]+$|^\\[[0-9A-Fa-f:.]+\\]$"
    ) { text throws(Refusal) in
        let name = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
        if name.hasPrefix("["), name.hasSuffix("]"), AddressRange(address: String(name.dropFirst().dropLast())) != nil {
            return text.lowercased()
        }
        if text == "*" { throw Refusal("'*' is every host: leave the key out") }
        if let colon = name.firstIndex(of: ":"), String(name[..<colon]).isHostName {
            throw Refusal("a host without its port", suggestion: String(name[..<colon]))
        }
        guard name.isHostName else { throw Refusal() }
        return text.lowercased()
    }

    private static let routePath = Scalar<String>.text(
        "path", expected: "a path such as /a or /a/*", pattern: "^/[^?#*\\s]*\\*?$"
    ) { text throws(Refusal) in
        guard text.hasPrefix("/"), !text.hasControls else {
            throw Refusal(suggestion: text.hasPrefix("/") || text.isEmpty ? nil : "/" + text)
        }
        if text.contains(where: { "?#".contains($0) }) { throw Refusal("a path without its query") }
        guard let star = text.firstIndex(of: "*") else { return text }
        guard text.hasSuffix("/*"), text.index(after: star) == text.endIndex else {
            throw Refusal("'*' stands at the end, after a '/': /a/*; for endings there is 'extension'")
        }
        return text
    }

    private static let fileExtension = Scalar<String>.text(
        "extension", expected: "an extension such as jpg", pattern: "^\\.?[^./\\s]+$"
    ) { text throws(Refusal) in
        let name = text.hasPrefix(".") ? String(text.dropFirst()) : text
        guard !name.isEmpty, !name.hasControls, !name.contains(where: { "./* ".contains($0) }) else { throw Refusal() }
        return name
    }

    private static let method = Scalar<String>.text("method", expected: "a method such as GET", pattern: "^[A-Za-z-]+$")
    { text throws(Refusal) in
        guard text.isToken else { throw Refusal() }
        return text.uppercased()
    }

    private static let location = Scalar<String>.text(
        "path or URL", expected: "a path or a URL", pattern: "^(/|https?://)\\S*$"
    ) { text throws(Refusal) in
        guard text.hasPrefix("/") || text.hasPrefix("http://") || text.hasPrefix("https://"), !text.hasControls,
            !text.contains(" ")
        else { throw Refusal(suggestion: text.isHostName && text.contains(".") ? "https://\(text)" : nil) }
        return text
    }

    private static let redirectStatus = Scalar<Int>(
        label: "`301`, `302`, `303`, `307`, `308`", expected: "301, 302, 303, 307 or 308",
        schema: ["enum": [301, 302, 303, 307, 308]],
        parse: { text throws(Refusal) in
            guard let status = Int(text), [301, 302, 303, 307, 308].contains(status) else { throw Refusal() }
            return status
        },
        print: { String($0) }
    )

    private static let anyText = Scalar<String>(
        label: "text", expected: "text", schema: ["type": "string"], parse: { text throws(Refusal) in text },
        print: { $0 })
}

extension Kind {
    /// A list that is shown only when there is something in it.
    static func given<Element>(_ kind: Kind<[Element]>) -> Kind where Value == [Element] {
        Kind(shape: kind.shape, read: kind.read, show: { $0.isEmpty ? nil : kind.show($0, $1, $2) })
    }
}

extension Kind<Bool> {
    /// A switch that is shown only when it is on.
    static var shownWhenSet: Kind {
        let kind = Kind.scalar(.bool)
        return Kind(shape: kind.shape, read: kind.read, show: { $0 ? kind.show($0, $1, $2) : nil })
    }
}

extension String {
    /// A token of HTTP: a method, the name of a header.
    var isToken: Bool {
        !isEmpty && utf8.allSatisfy { $0.isASCIILetter || isDigit($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }
}

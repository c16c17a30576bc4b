import Testing

@testable import WeirConfig

@Suite struct SchemaTests {
    private let schema = Schema.document()

    @Test func soundFilesValidate() throws {
        for golden in Golden.all(in: "show") {
            let written = try #require(Self.read(golden.input))
            #expect(SchemaCheck.mistakes(in: JSON(written), schema) == [], "\(golden)")
        }
    }

    @Test func whatShowPrintsValidates() throws {
        for golden in Golden.all(in: "show") {
            let written = try #require(Self.read(golden.expected))
            #expect(SchemaCheck.mistakes(in: JSON(written), schema) == [], "\(golden)")
        }
    }

    @Test(arguments: [
        "unknown-key", "wrong-type", "apps-as-list", "impossible-numbers", "durations", "sizes", "percent", "words",
        "missing-runtime", "app-names", "routes-actions", "redirect-and-respond", "listen-addresses", "processes",
        "schedule",
    ])
    func unsoundFilesDoNot(name: String) throws {
        let golden = try #require(Golden.all(in: "problems").first { $0.url.lastPathComponent == "\(name).txt" })
        let written = try #require(Self.read(golden.input))
        #expect(SchemaCheck.mistakes(in: JSON(written), schema) != [])
    }

    /// Every key of the schema is one that the loader knows, and no key beside it is.
    @Test func schemaAndLoaderKnowTheSameKeys() throws {
        let paths = keyPaths(of: schema, at: [])
        #expect(paths.count > 90)
        for path in paths {
            #expect(!unknownKeys(setting: path).contains(path.last ?? ""), "\(path)")
            let beside = path.dropLast() + ["not_a_key"]
            if path.dropLast().last != "environment" {
                #expect(unknownKeys(setting: Array(beside)).contains("not_a_key"), "\(beside)")
            }
        }
    }

    @Test func everyKeyIsDescribed() {
        for case .object(let members)? in objects(in: schema).map({ $0["properties"] }) {
            for member in members {
                guard case .text(let text)? = member.value["description"] else {
                    Issue.record("\(member.key) has no description")
                    continue
                }
                #expect(text.count > 8 && !text.contains("`"))
            }
        }
    }

    private static func read(_ text: String) -> Written? {
        var reading = YAMLReading(name: "weir.yaml", text: text)
        return reading.read()
    }

    private func unknownKeys(setting path: [String]) -> [String] {
        var written = Written(content: .nothing, origin: .default)
        written.set(path.filter { $0 != "[]" }.map { KeyStep(name: $0) }, to: .text("x", .default))
        if path.dropFirst().first == "[]", let item = written[path[0]] {
            written.set([KeyStep(name: path[0])], to: Written(content: .list([item]), origin: .default))
        }
        var reader = Reader(directory: "/", facts: .unknown)
        var settings = Settings()
        Keys.settings.read(written, "", &settings, &reader)
        return reader.problems.filter { $0.reason.hasPrefix("unknown key") }.compactMap(\.found)
    }

    private func keyPaths(of schema: JSON, at path: [String]) -> [[String]] {
        var paths: [[String]] = []
        if case .object(let members)? = schema["properties"] {
            for member in members {
                paths.append(path + [member.key])
                paths += keyPaths(of: member.value, at: path + [member.key])
            }
        }
        if case .list(let choices)? = schema["anyOf"] { paths += choices.flatMap { keyPaths(of: $0, at: path) } }
        if let items = schema["items"] { paths += keyPaths(of: items, at: path + ["[]"]) }
        if let named = schema["additionalProperties"] { paths += keyPaths(of: named, at: path + ["x"]) }
        return paths
    }

    private func objects(in json: JSON) -> [JSON] {
        switch json {
        case .object(let members): [json] + members.flatMap { objects(in: $0.value) }
        case .list(let items): items.flatMap(objects)
        case .text, .int, .bool: []
        }
    }
}

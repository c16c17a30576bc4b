/// The JSON Schema of `weir.yaml`, for editors and for checks outside Weir.
package enum Schema {
    package static func document() -> JSON {
        guard case .section(let top) = Keys.settings.shape, case .object(let members) = section(top) else { return [:] }
        let head: JSON = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "weir.yaml",
            "description": "The configuration of Weir, an application server.",
        ]
        // A place for what aliases refer to.
        return members.reduce(head) { $0.adding($1.key, $1.value) }.adding("patternProperties", ["^x-": true])
    }

    private static func schema(of shape: Shape) -> JSON {
        switch shape {
        case .scalar(_, let schema): return schema
        case .list(let item, let single):
            let list: JSON = ["type": "array", "items": schema(of: item)]
            if single { return ["anyOf": [schema(of: item), list]] }
            return ["anyOf": [list, nothing]]
        case .section(let shape): return sectionOrNothing(shape)
        case .shorthand(_, let word, _, let shape): return ["anyOf": [word, section(shape)]]
        case .named(let shape, _):
            let names: JSON = [
                "type": "object",
                "propertyNames": ["pattern": "^[A-Za-z0-9_][A-Za-z0-9_-]*$"],
                "additionalProperties": sectionOrNothing(shape),
            ]
            return ["anyOf": [names, nothing]]
        case .texts:
            let texts: JSON = [
                "type": "object", "additionalProperties": ["type": ["string", "number", "boolean", "null"]],
            ]
            return ["anyOf": [texts, nothing]]
        }
    }

    private static let nothing: JSON = ["type": "null"]

    /// A key with nothing behind it is an empty section, unless something has to be in it.
    private static func sectionOrNothing(_ shape: SectionShape) -> JSON {
        let mayBeEmpty = shape.choice.isEmpty && !shape.keys.contains { $0.isRequired }
        return mayBeEmpty ? ["anyOf": [section(shape), nothing]] : section(shape)
    }

    private static func section(_ shape: SectionShape) -> JSON {
        var properties: [JSON.Member] = []
        for key in shape.keys {
            let described = describe(key)
            properties.append(JSON.Member(key: key.name, value: described))
            if let alias = key.alias { properties.append(JSON.Member(key: alias, value: described)) }
        }
        var result: JSON = ["type": "object", "properties": .object(properties), "additionalProperties": false]
        let required = shape.keys.filter(\.isRequired).map { JSON.text($0.name) }
        if !required.isEmpty { result = result.adding("required", .list(required)) }
        if !shape.choice.isEmpty {
            result = result.adding("oneOf", .list(shape.choice.map { ["required": .list([.text($0)])] }))
        }
        return result
    }

    private static func describe(_ key: KeyShape) -> JSON {
        var description = key.summary.filter { $0 != "`" }
        if let fallback = key.fallback { description += " Default: \(fallback)" }
        guard case .object(let members) = schema(of: key.shape) else { return [:] }
        return members.reduce(["description": .text(description)]) { $0.adding($1.key, $1.value) }
    }
}

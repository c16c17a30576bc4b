@testable import WeirConfig

/// As much of JSON Schema as ``Schema`` uses.
enum SchemaCheck {
    static func mistakes(in value: JSON, _ schema: JSON, at path: String = "") -> [String] {
        guard case .object(let rules) = schema else { return schema == .bool(false) ? ["\(path): not allowed"] : [] }
        return rules.flatMap { rule in mistakes(in: value, rule.key, rule.value, of: schema, at: path) }
    }

    private static func mistakes(in value: JSON, _ rule: String, _ argument: JSON, of schema: JSON, at path: String)
        -> [String]
    {
        switch (rule, argument, value) {
        case ("$schema", _, _), ("title", _, _), ("description", _, _), ("patternProperties", _, _): return []
        case ("type", .list(let types), _): return types.contains { isType(value, $0) } ? [] : ["\(path): type"]
        case ("type", _, _): return isType(value, argument) ? [] : ["\(path): not \(argument.formatted())"]
        case ("enum", .list(let words), _):
            return words.contains(value) ? [] : ["\(path): not in \(argument.formatted())"]
        case ("pattern", .text(let pattern), .text(let text)): return matches(text, pattern) ? [] : ["\(path): pattern"]
        case ("minimum", .int(let least), .int(let number)): return number >= least ? [] : ["\(path): minimum"]
        case ("exclusiveMinimum", .int(let bound), .int(let number)): return number > bound ? [] : ["\(path): minimum"]
        case ("maximum", .int(let most), .int(let number)): return number <= most ? [] : ["\(path): maximum"]
        case ("anyOf", .list(let choices), _):
            let found = choices.map { mistakes(in: value, $0, at: path) }
            return found.contains([]) ? [] : found.min { $0.count < $1.count } ?? []
        case ("oneOf", .list(let choices), _):
            let count = choices.filter { mistakes(in: value, $0, at: path).isEmpty }.count
            return count == 1 ? [] : ["\(path): \(count) of one"]
        case ("items", _, .list(let items)):
            return items.enumerated().flatMap { mistakes(in: $1, argument, at: "\(path)[\($0)]") }
        case ("required", .list(let names), .object):
            return names.filter { if case .text(let name) = $0 { value[name] == nil } else { true } }.map {
                "\(path): \($0) missing"
            }
        case ("properties", _, .object(let members)):
            return members.flatMap { member in
                argument[member.key].map { mistakes(in: member.value, $0, at: "\(path).\(member.key)") } ?? []
            }
        case ("additionalProperties", _, .object(let members)):
            let others = members.filter { member in
                guard schema["properties"]?[member.key] == nil else { return false }
                guard case .object(let patterns)? = schema["patternProperties"] else { return true }
                return !patterns.contains { matches(member.key, $0.key) }
            }
            return others.flatMap { mistakes(in: $0.value, argument, at: "\(path).\($0.key)") }
        case ("propertyNames", _, .object(let members)):
            return members.flatMap { mistakes(in: .text($0.key), argument, at: "\(path).\($0.key)") }
        case ("pattern", _, _), ("minimum", _, _), ("exclusiveMinimum", _, _), ("maximum", _, _),
            ("items", _, _), ("required", _, _),
            ("properties", _, _), ("additionalProperties", _, _), ("propertyNames", _, _):
            return []
        default: return ["unknown rule \(rule)"]
        }
    }

    private static func isType(_ value: JSON, _ type: JSON) -> Bool {
        switch (value, type) {
        case (.text(nothing), "null"), (.object, "object"), (.list, "array"), (.int, "integer"), (.int, "number"),
            (.bool, "boolean"):
            true
        case (.text(let text), "string"): text != nothing
        default: false
        }
    }

    /// JSON has no value for "nothing" in what the schema itself needs.
    fileprivate static let nothing = "\u{0}null"

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern) else { return false }
        return text.contains(regex)
    }
}

extension JSON {
    /// What a YAML reader of another program would see; quotes are not known any more, which no rule depends on.
    init(_ written: Written) {
        switch written.content {
        case .nothing: self = .text(SchemaCheck.nothing)
        case .text(let text):
            if let number = Int(text) {
                self = .int(number)
            } else if ["true", "yes"].contains(text) {
                self = .bool(true)
            } else if ["false", "no", "off"].contains(text) {
                self = .bool(false)
            } else {
                self = .text(text)
            }
        case .list(let items): self = .list(items.map(JSON.init))
        case .section(let entries): self = .object(entries.map { Member(key: $0.key, value: JSON($0.value)) })
        }
    }
}

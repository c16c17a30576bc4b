/// What a key looks like without its type: the schema, the documentation and the environment's names come from it.
package indirect enum Shape: Sendable {
    case scalar(label: String, schema: JSON)
    /// `single`: one value may stand without brackets.
    case list(of: Shape, single: Bool)
    case section(SectionShape)
    /// A section, or one word in its place; `key` is the key that the word stands for.
    case shorthand(label: String, schema: JSON, key: String, SectionShape)
    /// A section whose keys are the writer's own names.
    case named(of: SectionShape, what: String)
    /// A section of the writer's own names with plain values.
    case texts
}

package struct SectionShape: Sendable {
    package var keys: [KeyShape]
    /// Keys of which exactly one must be there.
    package var choice: [String] = []
}

package struct KeyShape: Sendable {
    package var name: String
    package var alias: String?
    package var summary: String
    package var isRequired: Bool
    package var shape: Shape
    /// As `weir config show` prints it; nil for what has no default of its own.
    package var fallback: String?
}

/// One automatic number with its arithmetic, for the status page and `weir explain`.
package struct Explanation: Sendable {
    package var name: String
    package var value: String
    package var formula: String
    package var inputs: [(name: String, value: String)]
    /// nil: it is as it was at the start.
    package var lastChanged: Instant?
    package var why: String
    /// The formula with the numbers in it, where there is more to say than the inputs do.
    package var arithmetic: [String]

    package init(
        name: String, value: String, formula: String, inputs: [(name: String, value: String)],
        lastChanged: Instant? = nil, why: String, arithmetic: [String] = []
    ) {
        self.name = name
        self.value = value
        self.formula = formula
        self.inputs = inputs
        self.lastChanged = lastChanged
        self.why = why
        self.arithmetic = arithmetic
    }

    /// As `weir explain` shows it: the name and value, then what they come from.
    package var lines: [String] {
        let given = inputs.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        return ["\(name) = \(value)", "    \(formula)"] + (given.isEmpty ? [] : ["    \(given)"])
            + arithmetic.map { "    \($0)" } + ["    \(why)"]
    }
}

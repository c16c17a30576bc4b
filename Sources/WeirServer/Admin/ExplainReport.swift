/// The arithmetic behind the numbers that Weir chose itself.
package struct ExplainReport: Encodable, Sendable {
    package struct Input: Encodable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package struct Number: Encodable, Sendable {
        /// nil: of the whole server.
        package var app: String?
        package var name: String
        package var value: String
        package var formula: String
        package var inputs: [Input]
        /// The formula with its numbers, a line each.
        package var arithmetic: [String]
        /// nil: it is as it was at the start.
        package var changedSecondsAgo: Double?
        package var why: String

        package init(
            app: String?, name: String, value: String, formula: String, inputs: [Input], arithmetic: [String],
            changedSecondsAgo: Double?, why: String
        ) {
            self.app = app
            self.name = name
            self.value = value
            self.formula = formula
            self.inputs = inputs
            self.arithmetic = arithmetic
            self.changedSecondsAgo = changedSecondsAgo
            self.why = why
        }
    }

    package struct Warning: Encodable, Sendable {
        /// nil: of the whole server.
        package var app: String?
        package var code: String
        package var text: String

        package init(app: String?, code: String, text: String) {
            self.app = app
            self.code = code
            self.text = text
        }
    }

    package var numbers: [Number]
    package var warnings: [Warning]

    package init(numbers: [Number], warnings: [Warning]) {
        self.numbers = numbers
        self.warnings = warnings
    }

    /// What concerns one app, and what concerns all.
    func only(app: String) -> ExplainReport {
        ExplainReport(
            numbers: numbers.filter { $0.app == nil || $0.app == app },
            warnings: warnings.filter { $0.app == nil || $0.app == app })
    }
}

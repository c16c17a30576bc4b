/// An application's answer, as far as two of them are compared.
package struct PageAnswer: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var status: Int
    package var fields: [Field]
    package var body: String

    package init(status: Int, fields: [Field] = [], body: String) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

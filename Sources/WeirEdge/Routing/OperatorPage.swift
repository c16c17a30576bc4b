/// Health, readiness and status, as a page.
package struct OperatorPage: Sendable {
    package let status: Int
    package let contentType: String
    package let body: String

    package init(status: Int, contentType: String, body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

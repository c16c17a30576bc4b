/// What the server itself answers: health, readiness, status, and what an operator may ask it to do. One path, or a
/// family of them, with the methods that it knows.
package struct OperatorPage: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        /// With HEAD, which is answered as GET without its body.
        case get = "GET"
        case post = "POST"
    }

    let path: OperatorPath
    let methods: Set<Method>
    let answer: @Sendable (OperatorRequest) -> OperatorAnswer

    /// `path` may have `*` in place of a segment: `/apps/*/recycle`.
    package init(
        _ path: String, _ methods: Set<Method> = [.get],
        answer: @escaping @Sendable (OperatorRequest) -> OperatorAnswer
    ) {
        self.init(OperatorPath(path), methods, answer: answer)
    }

    /// The same page for those whom `check` does not answer itself.
    package func guarded(by check: @escaping @Sendable (OperatorRequest) -> OperatorReply?) -> OperatorPage {
        OperatorPage(path, methods) { [answer] request in check(request).map { .now($0) } ?? answer(request) }
    }

    private init(
        _ path: OperatorPath, _ methods: Set<Method>, answer: @escaping @Sendable (OperatorRequest) -> OperatorAnswer
    ) {
        self.path = path
        self.methods = methods
        self.answer = answer
    }

    /// The field that a refused method is told about.
    var allow: String {
        let names = methods.contains(.get) ? ["GET", "HEAD"] : []
        return (names + (methods.contains(.post) ? ["POST"] : [])).joined(separator: ", ")
    }
}

/// What an operator's page is asked. Made for such requests only: all others pay nothing for it.
package struct OperatorRequest: Sendable {
    /// A longer body is refused with 413.
    package static let bodyLimit = 65_536

    package let method: OperatorPage.Method
    /// Unescaped.
    package let path: String
    /// Names and values, unescaped, in the order they were sent.
    package let query: [(name: String, value: String)]
    package let body: [UInt8]
    /// The Authorization field's value.
    package let authorization: String?
    /// The Origin field's value: a browser's script asks.
    package let origin: String?
    /// It came over a unix socket.
    package let isLocal: Bool
    /// The client's address, for the log.
    package let client: String

    /// The first value of that name; empty for a name alone.
    package subscript(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The path's segments: `["apps", "shop", "recycle"]`.
    package var segments: [Substring] { path.split(separator: "/") }
}

/// An operator's page, put together.
package struct OperatorReply: Sendable {
    package var status: Int
    package var contentType: String
    package var body: String
    /// More fields of the head.
    package var fields: [(name: String, value: String)]

    package init(
        status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String,
        fields: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.fields = fields
    }
}

package enum OperatorAnswer: Sendable {
    case now(OperatorReply)
    /// What takes its time, such as a reload. It is not told when the client leaves.
    case later(@Sendable () async -> OperatorReply)
}

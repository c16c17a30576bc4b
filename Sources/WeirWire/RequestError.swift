/// Why a request is refused: the status to answer with, and a reason for the log. The connection cannot be used
/// further, because where the next request starts is unknown.
package struct RequestError: Error, Sendable {
    package var status: UInt16
    package var reason: StaticString

    package init(status: UInt16, reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    static func bad(_ reason: StaticString) -> RequestError { RequestError(status: 400, reason: reason) }
}

extension RequestError: Equatable {
    package static func == (a: RequestError, b: RequestError) -> Bool {
        a.status == b.status && a.reason.description == b.reason.description
    }
}

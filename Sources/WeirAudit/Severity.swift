/// How bad it is that something survived a request, from harmless to certain harm.
package enum Severity: String, CaseIterable, Comparable, Sendable {
    /// It was empty and was set once: as a thing is that is made when it is first needed.
    case initialisation
    /// It is another value than before.
    case change
    /// It becomes more with the requests, until the memory is gone.
    case growth
    /// Something that the client has sent is in it.
    case requestData = "request-data"

    package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

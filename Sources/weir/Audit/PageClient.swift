import WeirAudit
import WeirConfig

/// Requests pages of a server, as a browser would that keeps nothing.
struct PageClient: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let client: AdminClient
    /// A page may do much before it answers.
    private static let patience = 120.0

    /// `address`: `http://host:port`
    init(_ address: String) throws(Failure) {
        let scheme = "http://"
        let rest = address.dropFirst(scheme.count)
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        let hasPort = authority.split(separator: "]").last?.contains(":") == true
        guard address.hasPrefix(scheme), !authority.contains("/"), !authority.isEmpty,
            let place = try? ListenAddress(configured: hasPort ? String(authority) : "\(authority):80")
        else { throw Failure(description: "'\(address)' is not http://host:port; HTTPS is not spoken here") }
        client = AdminClient(address: place, token: nil)
    }

    var port: Int { if case .tcp(_, let port) = client.address { port } else { 0 } }

    func get(_ path: String, as user: User) throws(Failure) -> PageAnswer {
        do {
            let answer = try client.ask(.get, path, fields: user.fields, patience: Self.patience)
            return PageAnswer(status: answer.status, fields: answer.fields, body: answer.text)
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }
}

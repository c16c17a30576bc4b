import Glibc
import Logging
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess

/// Who may ask the admin listener for what. Over its unix socket whoever could open it; over TCP whoever has the token.
final class AdminAccess: Sendable {
    struct NoToken: Error, CustomStringConvertible {
        let description: String
    }

    /// Those that load balancers ask, who have no token.
    private static let open: Set<String> = ["/health", "/ready"]
    private static let tokenFileLimit = 4_096
    /// The log tells of refused requests once in this time.
    private static let quietTime = Nanoseconds.seconds(10)

    private struct Refusals {
        var quietUntil = Instant.zero
        var untold = 0
    }

    private let token: [UInt8]?
    private let logger: Logger
    private let refusals = Mutex(Refusals())

    init(_ settings: AdminSettings, logger: Logger) throws {
        self.logger = logger
        token = try Self.token(settings).map { Array($0.utf8) }
    }

    private static func token(_ settings: AdminSettings) throws -> String? {
        guard let file = settings.tokenFile else { return settings.token }
        guard let text = SmallFile.read(file) else {
            throw NoToken(description: "admin.token_file: \(file) cannot be read: \(String(cString: strerror(errno)))")
        }
        let token = text.split(whereSeparator: \.isWhitespace)
        guard token.count == 1, token[0].utf8.count < tokenFileLimit else {
            throw NoToken(description: "admin.token_file: \(file) has to hold one token and nothing else")
        }
        return String(token[0])
    }

    /// nil: welcome.
    func refusal(of request: OperatorRequest) -> OperatorReply? {
        if !request.isLocal && !Self.open.contains(request.path) && !hasToken(request.authorization) {
            tell(request.client, request.authorization == nil ? "no token" : "wrong token")
            return OperatorReply.problem(
                401, "send the token of the configuration as 'Authorization: Bearer TOKEN'",
                fields: [("WWW-Authenticate", "Bearer realm=\"weir\"")])
        }
        // Curl and Weir's own command send no Origin; a page that somebody looks at in a browser cannot leave it out.
        if request.method == .post && request.origin != nil {
            tell(request.client, "asked by a browser")
            return OperatorReply.problem(403, "commands are not taken from browsers")
        }
        return nil
    }

    private func hasToken(_ authorization: String?) -> Bool {
        guard let token, let authorization else { return false }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return Self.isEqual(Array(parts[1].utf8), token)
    }

    /// Takes the same time wherever the first difference is.
    static func isEqual(_ given: [UInt8], _ token: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == token.count && !token.isEmpty ? 0 : 1
        for index in given.indices { difference |= given[index] ^ (token.isEmpty ? 0 : token[index % token.count]) }
        return difference == 0
    }

    /// Never the token itself, nor what was sent in its place.
    private func tell(_ client: String, _ reason: String) {
        let now = EdgeLoop.now
        let count = refusals.withLock { state -> Int? in
            state.untold += 1
            guard now >= state.quietUntil else { return nil }
            state.quietUntil = now + Self.quietTime
            defer { state.untold = 0 }
            return state.untold
        }
        guard let count else { return }
        logger.warning(
            "admin.refused", metadata: ["client": "\(client)", "reason": "\(reason)", "requests": "\(count)"])
    }
}

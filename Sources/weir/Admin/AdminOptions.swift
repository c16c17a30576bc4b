import ArgumentParser
import Foundation
import WeirConfig

/// Which server a command is for.
struct AdminOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The server's admin address: unix:/path, port or host:port. Otherwise the one that runs here.",
            valueName: "address"))
    var admin: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The token that an address over TCP asks for. Better in WEIR_ADMIN_TOKEN, where other users do not see it.",
            valueName: "token"))
    var token: String?

    func validate() throws {
        if let admin { _ = try Self.address(admin) }
    }

    private static func address(_ text: String) throws -> ListenAddress {
        do {
            let text = text.hasPrefix("/") ? "unix:\(text)" : text
            return try ListenAddress(configured: text, bareHost: "127.0.0.1")
        } catch {
            throw ValidationError("'\(text)' is no address; expected unix:/path, a port or host:port")
        }
    }

    func client() throws -> AdminClient {
        let environment = ProcessInfo.processInfo.environment
        let address = try admin.map(Self.address) ?? AdminDiscovery { environment[$0] }.only()
        let token = token ?? environment["WEIR_ADMIN_TOKEN"]
        guard token?.utf8.contains(where: { $0 <= 32 || $0 >= 127 }) != true else {
            throw ValidationError("a token is one word of printable ASCII characters")
        }
        return AdminClient(address: address, token: token)
    }

    /// Runs a command's work: what goes wrong is one line on standard error, and an exit code.
    func run(_ body: (AdminClient) throws -> Void) throws {
        do {
            try body(client())
        } catch let failure as AdminFailure {
            Standard.error(["weir: \(Shown.text(failure.description, keepsLines: true))"])
            if case .noServer = failure { throw ExitCode(3) }
            throw ExitCode(1)
        }
    }
}

extension AdminClient {
    /// The answer if it is what was asked for.
    func get(_ target: String) throws -> AdminAnswer { try Self.checked(ask(.get, target)) }

    func post(_ target: String, patience: Double = patience) throws -> AdminAnswer {
        try Self.checked(ask(.post, target, patience: patience))
    }

    private static func checked(_ answer: AdminAnswer) throws -> AdminAnswer {
        guard (200..<300).contains(answer.status) else {
            let hint = answer.status == 401 ? " (--token, WEIR_ADMIN_TOKEN)" : ""
            throw AdminFailure.failed(answer.problem + hint)
        }
        return answer
    }

    /// A part of a target: an app's name may hold anything.
    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._:")))
            ?? ""
    }
}

import NIOCore
import WeirConfig
import WeirWire

/// The routes, compiled: who answers a request. The first that matches decides; with none, the first app of the file.
package final class Routing: Sendable {
    package enum Target {
        /// `streams`: neither the request's body nor the answer waits here.
        case app(AppEndpoint, lane: Int, streams: Bool)
        case files(FileRoot)
        case redirect(Redirect)
        case fixed(Fixed)
        case page(OperatorPage)
        case nothing
    }

    /// Where to, with `$uri` for the target as it was sent.
    package struct Redirect: Sendable {
        let status: Int
        let location: [UInt8]
        let appendsTarget: Bool

        package init(to location: String, status: Int) {
            self.status = status
            appendsTarget = location.hasSuffix("$uri")
            self.location = Array((appendsTarget ? String(location.dropLast(4)) : location).utf8)
        }

        func writeLocation(for exchange: Exchange, to out: inout ByteBuffer) {
            out.writeBytes(location)
            guard appendsTarget else { return }
            exchange.headBytes.withUnsafeBytes { bytes in
                _ = out.writeBytes(exchange.head.path.in(bytes))
                if let query = exchange.head.query {
                    out.writeStaticString("?")
                    out.writeBytes(query.in(bytes))
                }
            }
        }
    }

    package struct Fixed: Sendable {
        let status: Int
        /// Header lines, each with its line end.
        let fields: [UInt8]
        let body: ByteBuffer

        package init(status: Int, body: String, headers: [String: String]) {
            self.status = status
            var headers = headers
            if !body.isEmpty && !headers.keys.contains(where: { $0.lowercased() == "content-type" }) {
                headers["Content-Type"] = "text/plain; charset=utf-8"
            }
            fields = headers.sorted { $0.key < $1.key }.flatMap { Array("\($0.key): \($0.value)\r\n".utf8) }
            self.body = ByteBuffer(string: body)
        }
    }

    package struct Route: Sendable {
        let pattern: RoutePattern
        let target: Target

        package init(_ settings: RouteSettings, target: Target) {
            pattern = RoutePattern(settings)
            self.target = target
        }
    }

    /// Every directory that is served, by ``FileRoot``'s number.
    let fileRoots: [StaticSettings]
    private let routes: [Route]
    private let fallback: Target
    private let mainPages: [OperatorPage]
    private let adminPages: [OperatorPage]

    /// `mainPages` come before the routes of every listener; `adminPages` are all that the admin listener has.
    package init(
        fileRoots: [StaticSettings], routes: [Route], fallback: Target, mainPages: [OperatorPage],
        adminPages: [OperatorPage]
    ) {
        self.fileRoots = fileRoots
        self.routes = routes
        self.fallback = fallback
        self.mainPages = mainPages
        self.adminPages = adminPages
    }

    /// Leads nowhere.
    package static var empty: Routing {
        Routing(fileRoots: [], routes: [], fallback: .nothing, mainPages: [], adminPages: [])
    }

    func target(of exchange: Exchange, at endpoints: ListenerEndpoints) -> Target {
        let isAdmin = if case .admin = endpoints { true } else { false }
        let pages = isAdmin ? adminPages : mainPages
        for index in pages.indices where pages[index].path.matches(exchange.path) { return .page(pages[index]) }
        if isAdmin { return .nothing }
        for index in routes.indices where routes[index].pattern.matches(exchange) { return routes[index].target }
        return fallback
    }

    /// Who reads the request's body.
    func bodyReader(of exchange: Exchange, at endpoints: ListenerEndpoints) -> BodyReader {
        switch target(of: exchange, at: endpoints) {
        case .app(_, _, let streams): streams ? .stream : .app
        case .page: .page
        case .files, .redirect, .fixed, .nothing: .nobody
        }
    }
}

/// Who reads a request's body; it decides how much is taken, and where it waits.
enum BodyReader {
    case app
    /// An app as it comes, from the head on.
    case stream
    /// In memory, and little of it.
    case page
    /// It is thrown away as it comes.
    case nobody
}

extension Routing.Target: Sendable {}

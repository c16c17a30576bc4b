import Logging
import NIOCore
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirRuntimes

/// Turns settings into routes and apps. Routes need the apps' gateways and apps need the loops, which need the routes:
/// so each app's place in the routes is made first, and its backend is put there later.
final class Assembly {
    let routing: Routing
    let pages: StatusPages
    private let settings: Settings
    private let logger: Logger
    private let endpoints: [AppEndpoint]
    private let relays: [GatewayRelay]
    private let lanes: [[LanePolicy]]

    init(settings: Settings, operations: Operations, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        pages = StatusPages(operations)
        let access = try AdminAccess(settings.admin, logger: logger)
        var roots: [StaticSettings] = []
        func root(_ settings: StaticSettings) -> FileRoot {
            roots.append(settings)
            return FileRoot(index: roots.count - 1)
        }
        let lanes = settings.apps.map { Self.lanes(of: $0, settings) }
        let relays = settings.apps.map { _ in GatewayRelay() }
        let endpoints = zip(settings.apps, zip(lanes, relays)).map { app, made in
            var files = app.files
            files.root = app.root
            files.index = ["index.php"] + files.index
            return AppEndpoint(
                name: app.name, gateway: made.1, files: root(files), entry: app.entry, lanes: made.0.map(\.name),
                metrics: operations.measurements.metrics.app(app.name, lanes: made.0.map(\.name)),
                rotation: operations.rotation(of: app.name)
            )
        }
        let routes = settings.routes.map { route in
            Routing.Route(route, target: Self.target(route.action, endpoints, root))
        }
        routing = Routing(
            fileRoots: roots, routes: routes, fallback: endpoints.first.map { .app($0, lane: 0) } ?? .nothing,
            mainPages: pages.onMain(settings.health),
            adminPages: (pages.onAdmin + AdminPages(operations: operations).all).map {
                $0.guarded(by: access.refusal(of:))
            }
        )
        self.lanes = lanes
        self.relays = relays
        self.endpoints = endpoints
    }

    /// The default lane, and every lane that a route leads into.
    private static func lanes(of app: AppSettings, _ settings: Settings) -> [LanePolicy] {
        var lanes = [LanePolicy(name: "default", limit: app.queue.limit, timeout: app.queue.timeout)]
        for route in settings.routes {
            guard case .app(app.name, let lane?) = route.action, !lanes.contains(where: { $0.name == lane }),
                let lane = settings.lanes.first(where: { $0.name == lane })
            else { continue }
            lanes.append(
                LanePolicy(
                    name: lane.name, concurrency: lane.concurrency, limit: lane.queue.limit, timeout: lane.queue.timeout
                )
            )
        }
        return lanes
    }

    private static func target(
        _ action: RouteAction, _ endpoints: [AppEndpoint], _ root: (StaticSettings) -> FileRoot
    ) -> Routing.Target {
        switch action {
        case .app(let name, let lane):
            guard let endpoint = endpoints.first(where: { $0.name == name }) else { return .nothing }
            return .app(endpoint, lane: lane.flatMap { endpoint.lanes.firstIndex(of: $0) } ?? 0)
        case .files(let settings): return .files(root(settings))
        case .redirect(let location, let status): return .redirect(Routing.Redirect(to: location, status: status))
        case .respond(let status, let body, let headers):
            return .fixed(Routing.Fixed(status: status, body: body, headers: headers))
        }
    }

    /// Gives every app its backend.
    func connect(loops: [EdgeLoop], control: any EventLoop) throws -> [App] {
        try settings.apps.indices.map { index in
            let app = App(settings: settings.apps[index], backend: try backend(index, loops, control))
            relays[index].gateway = app.gateway
            return app
        }
    }

    private func backend(_ index: Int, _ loops: [EdgeLoop], _ control: any EventLoop) throws -> App.Backend {
        let app = settings.apps[index]
        var logger = logger
        logger[metadataKey: "app"] = "\(app.name)"
        switch app.runtime {
        case .php:
            return .managed(
                ManagedPool(
                    app: app, lanes: lanes[index], entry: endpoints[index].entry,
                    program: try PHPGuest.program(for: app, user: try Privileges.workerUser(settings.user)),
                    loops: loops, control: control, logger: logger
                )
            )
        case .fastcgi:
            guard let address = app.address else { preconditionFailure("validated: fastcgi has an address") }
            return .external(
                ExternalPool(
                    app: app, lanes: lanes[index], entry: endpoints[index].entry, address: address, loops: loops,
                    logger: logger
                ), control: control
            )
        }
    }
}

/// An app's place in the routes until its gateway exists. Set once, before the first request.
private final class GatewayRelay: Gateway, @unchecked Sendable {
    var gateway: FastCGIGateway?

    func submit(_ exchange: Exchange) { gateway?.submit(exchange) }
    func abandon(_ exchange: Exchange) { gateway?.abandon(exchange) }
}

import Logging
import NIOCore
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirRuntimes

/// Makes generations: turns settings into apps, and routes that lead to them.
struct Assembly: Sendable {
    let loops: [EdgeLoop]
    let control: any EventLoop
    let pages: StatusPages
    let admission: ConnectionAdmission
    let operations: Operations
    let sizing: Sizing
    let logger: Logger
    /// Of all generations, as they share the container.
    let pressure = PressureWatch()

    var measurements: Measurements { operations.measurements }

    /// `kept` are apps that go on as they are; all others are made anew.
    func generation(
        _ number: Int, _ settings: Settings, accessLog: AccessLog?, keeping kept: [App] = []
    ) throws -> Generation {
        let apps = try settings.apps.map { app in
            try kept.first { $0.settings.name == app.name } ?? make(app, settings, generation: number)
        }
        let shared = EdgeShared(
            settings: settings, routing: routing(settings, apps, admin: try adminPages(settings)),
            rotation: operations.rotation, accessLog: accessLog, admission: admission,
            metrics: measurements.metrics, errorPages: try ErrorPages(settings.errorPages), logger: logger
        )
        return Generation(
            number: number, settings: settings, apps: apps, supervision: try Supervision.Plan(settings), shared: shared)
    }

    /// What leads to one app only, whatever the routes say.
    func shared(for app: App, of generation: Generation) -> EdgeShared {
        var settings = generation.settings
        settings.routes = []
        return EdgeShared(
            settings: settings, routing: routing(settings, [app], admin: []), rotation: operations.rotation,
            accessLog: generation.shared.accessLog, admission: admission, metrics: measurements.metrics,
            errorPages: .none, logger: logger
        )
    }

    // MARK: Routes

    private func adminPages(_ settings: Settings) throws -> [OperatorPage] {
        let access = try operations.access(settings.admin)
        return (pages.onAdmin + AdminPages(operations: operations).all).map { $0.guarded(by: access.refusal(of:)) }
    }

    private func routing(_ settings: Settings, _ apps: [App], admin: [OperatorPage]) -> Routing {
        var roots: [StaticSettings] = []
        func root(_ settings: StaticSettings) -> FileRoot {
            roots.append(settings)
            return FileRoot(index: roots.count - 1)
        }
        let endpoints = apps.map { app in
            let name = app.settings.name
            let metrics = measurements.metrics.app(name, lanes: app.lanes.map(\.name))
            let lanes = app.lanes.map(\.name)
            guard !app.settings.runtime.speaksHTTP else {
                // A program's directory holds its source: what of it is public, routes say.
                return AppEndpoint(
                    name: name, gateway: app.gateway, kind: .program, files: nil, lanes: lanes, metrics: metrics,
                    timeouts: app.settings.timeouts, rotation: operations.rotation(of: name))
            }
            var files = app.settings.files
            files.root = app.settings.root
            files.index = ["index.php"] + files.index
            return AppEndpoint(
                name: name, gateway: app.gateway, files: root(files), entry: app.settings.frontController,
                runsEntryOnly: app.settings.mode == .worker, lanes: lanes, metrics: metrics,
                timeouts: app.settings.timeouts, rotation: operations.rotation(of: name)
            )
        }
        let routes = settings.routes.map { route in
            Routing.Route(route, target: Self.target(of: route, endpoints, root))
        }
        return Routing(
            fileRoots: roots, routes: routes,
            fallback: endpoints.first.map { .app($0, lane: 0, streams: false) } ?? .nothing,
            mainPages: pages.onMain(settings.health), adminPages: admin
        )
    }

    private static func target(
        of route: RouteSettings, _ endpoints: [AppEndpoint], _ root: (StaticSettings) -> FileRoot
    ) -> Routing.Target {
        switch route.action {
        case .app(let name, let lane):
            guard let endpoint = endpoints.first(where: { $0.name == name }) else { return .nothing }
            let lane = lane.flatMap { endpoint.lanes.firstIndex(of: $0) } ?? 0
            return .app(endpoint, lane: lane, streams: route.stream)
        case .files(let settings): return .files(root(settings))
        case .redirect(let location, let status): return .redirect(Routing.Redirect(to: location, status: status))
        case .respond(let status, let body, let headers):
            return .fixed(Routing.Fixed(status: status, body: body, headers: headers))
        }
    }

    // MARK: Apps

    private func make(_ app: AppSettings, _ settings: Settings, generation: Int) throws -> App {
        let lanes = Self.lanes(of: app, settings)
        var logger = logger
        logger[metadataKey: "app"] = "\(app.name)"
        let backend: App.Backend
        var explanations: [Explanation] = []
        switch app.runtime {
        case .php:
            let program = try PHPGuest.program(for: app, user: try user(settings))
            backend = .managed(pool(of: app, .forkServer(program), settings, lanes, logger))
        case .node:
            let share = sizing.share(of: app, in: settings)
            let program = try NodeGuest.program(
                for: app, share: share.ofNode(app), user: try user(settings), graceful: settings.timeouts.graceful)
            explanations = share.explanations(app, program)
            backend = .managed(pool(of: app, .processes(program), settings, lanes, logger))
        case .http where app.addresses.isEmpty:
            let share = sizing.share(of: app, in: settings)
            let program = try HTTPGuest.program(for: app, share: share.ofGo, user: try user(settings))
            explanations = share.explanations(app, program)
            backend = .managed(pool(of: app, .processes(program), settings, lanes, logger))
        case .http:
            backend = .external(
                ExternalHTTPPool(app: app, lanes: lanes, loops: loops, control: control, logger: logger),
                control: control)
        case .fastcgi:
            guard let address = app.addresses.first else { preconditionFailure("validated: fastcgi has an address") }
            backend = .external(
                ExternalPool(app: app, lanes: lanes, address: address, loops: loops, logger: logger), control: control
            )
        }
        return App(
            settings: app, lanes: lanes, backend: backend, generation: generation, explanations: explanations)
    }

    private func pool(
        of app: AppSettings, _ program: PoolProgram, _ settings: Settings, _ lanes: [LanePolicy], _ logger: Logger
    ) -> ManagedPool {
        ManagedPool(
            app: app, lanes: lanes, program: program, automatic: sizing.maximum(app, in: settings),
            cores: settings.resources.cpu ?? sizing.cores, graceful: settings.timeouts.graceful, loops: loops,
            control: control, pressure: pressure,
            metrics: measurements.metrics.reported(by: app.name, seriesMax: settings.limits.metricSeries),
            logger: logger
        )
    }

    private func user(_ settings: Settings) throws -> UserIdentity? { try Privileges.workerUser(settings.user) }

    /// The default lane, and every lane that a route leads into.
    private static func lanes(of app: AppSettings, _ settings: Settings) -> [LanePolicy] {
        var lanes = [
            LanePolicy(
                name: "default", limit: app.queue.limit, timeout: app.queue.timeout,
                newestFirstAfter: app.queue.newestFirstAfter)
        ]
        for route in settings.routes {
            guard case .app(app.name, let lane?) = route.action, !lanes.contains(where: { $0.name == lane }),
                let lane = settings.lanes.first(where: { $0.name == lane })
            else { continue }
            lanes.append(
                LanePolicy(
                    name: lane.name, concurrency: lane.concurrency, limit: lane.queue.limit,
                    timeout: lane.queue.timeout,
                    weight: lane.weight, priority: LanePolicy.Priority(lane.priority),
                    newestFirstAfter: lane.queue.newestFirstAfter
                )
            )
        }
        return lanes
    }
}

extension LanePolicy.Priority {
    fileprivate init(_ priority: LaneSettings.Priority) {
        switch priority {
        case .low: self = .low
        case .normal: self = .normal
        case .high: self = .high
        }
    }
}

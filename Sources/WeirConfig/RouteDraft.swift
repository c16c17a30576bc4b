extension RouteDraft {
    /// The keys of which a route has exactly one.
    static let actions = ["app", "static", "redirect", "respond"]

    init(_ route: RouteSettings) {
        host = route.host
        path = route.path
        extensions = route.extensions
        methods = route.methods
        stream = route.stream
        switch route.action {
        case .app(let name, let lane): (app, self.lane) = (name, lane)
        case .files(let settings): files = settings
        case .redirect(let to, let status): redirect = Redirect(to: to, status: status)
        case .respond(let status, let body, let headers):
            respond = Response(status: status, body: body, headers: headers)
        }
    }

    func settings(at path: String, _ reader: inout Reader) -> RouteSettings {
        let present = zip(Self.actions, [app != nil, files != nil, redirect != nil, respond != nil]).filter(\.1).map(
            \.0)
        if present.isEmpty {
            let what = lane == nil ? "what to do is missing" : "'lane' needs 'app'"
            reader.error(at: path, "\(what): one of app, static, redirect or respond")
        } else if present.count > 1 {
            let names = present.dropLast().joined(separator: ", ") + " and " + present.suffix(1).joined()
            reader.error(at: path, "\(names) exclude each other: one route does one thing")
        } else if lane != nil, app == nil {
            reader.error(at: "\(path).lane", "a lane belongs to an app; \(present[0]) has none")
        }
        if stream, app == nil, !present.isEmpty {
            reader.error(at: "\(path).stream", "only what an app answers is streamed; \(present[0]) has none")
        }
        for (name, value) in respond?.headers ?? [:] where value.hasControls {
            reader.error(at: "\(path).respond.headers.\(name)", "a header with control characters")
        }
        var route = RouteSettings(action: action)
        route.host = host
        route.path = self.path
        route.extensions = extensions
        route.methods = methods
        route.stream = stream
        return route
    }

    private var action: RouteAction {
        if let app { return .app(app, lane: lane) }
        if let files { return .files(files) }
        if let redirect { return .redirect(to: redirect.to, status: redirect.status) }
        let respond = respond ?? Response()
        return .respond(status: respond.status, body: respond.body, headers: respond.headers)
    }
}

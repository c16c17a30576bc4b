extension Checks {
    static func checkRoutes(_ settings: Settings, _ reader: inout Reader) {
        let isEmpty = settings.apps.isEmpty && settings.routes.isEmpty
        let hasPrograms = !settings.processes.isEmpty || !settings.schedule.isEmpty
        if isEmpty, !hasPrograms, reader.problems.allSatisfy({ $0.severity == .warning }) {
            reader.error(at: "", "nothing to serve: neither 'apps' nor 'routes', and no 'processes' or 'schedule'")
        }
        var usedApps: Set<String> = []
        var usedLanes: Set<String> = []
        var all: Int?
        for (index, route) in settings.routes.enumerated() {
            let path = "routes[\(index)]"
            if case .app(let app, let lane) = route.action {
                usedApps.insert(app)
                if let lane { usedLanes.insert(lane) }
            }
            if reader.broken.contains(path) { continue }
            if let all {
                reader.warn(at: path, "never reached: routes[\(all)] matches every request")
            } else if let same = settings.routes[..<index].firstIndex(where: { $0.matchesSame(as: route) }) {
                reader.warn(at: path, "never reached: routes[\(same)] matches the same requests")
            }
            if route.matchesAll, all == nil { all = index }
            checkAction(of: route, at: path, settings, &reader)
        }
        // The first app gets what no route matches, unless a route matches everything.
        if all == nil, let first = settings.apps.first { usedApps.insert(first.name) }
        for app in settings.apps where !usedApps.contains(app.name) {
            reader.warn(at: "apps.\(app.name)", "no request ever gets here: no route names it")
        }
        for lane in settings.lanes where !usedLanes.contains(lane.name) {
            reader.warn(at: "lanes.\(lane.name)", "no request ever takes it: no route names it")
        }
    }

    private static func checkAction(
        of route: RouteSettings, at path: String, _ settings: Settings, _ reader: inout Reader
    ) {
        switch route.action {
        case .app(let name, let laneName):
            let app = settings.apps.first { $0.name == name }
            if app == nil { unknown("app", name, at: "\(path).app", among: settings.apps.map(\.name), &reader) }
            if let app, route.stream, !app.runtime.speaksHTTP {
                reader.error(
                    at: "\(path).stream",
                    "app '\(name)' is of runtime \(app.runtime.rawValue), whose requests are always collected: "
                        + "remove 'stream'")
            }
            guard let laneName else { return }
            guard let lane = settings.lanes.first(where: { $0.name == laneName }) else {
                return unknown("lane", laneName, at: "\(path).lane", among: settings.lanes.map(\.name), &reader)
            }
            if let app, let concurrency = lane.concurrency, let most = app.pool.maxWorkers, concurrency > most {
                let reason =
                    "concurrency (\(concurrency)) is never reached: "
                    + "app '\(name)' has \(most) workers at most"
                let lanePath = "lanes.\(laneName).concurrency"
                if !reader.problems.contains(where: { $0.keyPath == lanePath }) { reader.warn(at: lanePath, reason) }
            }
        case .files(let files):
            let key = reader.origins["\(path).static.root"] == .default ? "\(path).static" : "\(path).static.root"
            checkDirectory(files.root, at: key, isError: false, &reader)
        case .redirect, .respond: return
        }
    }

    private static func unknown(
        _ what: String, _ name: String, at path: String, among names: [String], _ reader: inout Reader
    ) {
        let known = names.isEmpty ? "there are none" : "known: \(names.joined(separator: ", "))"
        let suggestion = NearestWord.to(name, among: names)
        reader.error(
            at: path,
            suggestion == nil ? "unknown \(what) \(name.quoted) (\(known))" : "unknown \(what) \(name.quoted)",
            suggestion: suggestion)
    }
}

extension RouteSettings {
    fileprivate var matchesAll: Bool {
        host == nil && (path == nil || path == "/*") && extensions.isEmpty && methods.isEmpty
    }

    fileprivate func matchesSame(as other: RouteSettings) -> Bool {
        host == other.host && path == other.path && Set(extensions) == Set(other.extensions)
            && Set(methods) == Set(other.methods)
    }
}

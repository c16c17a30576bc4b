/// Lays the environment and the flags over what the file says.
struct Overlay {
    private(set) var written: Written
    private(set) var problems: [ConfigurationProblem] = []

    init(_ written: Written) { self.written = written }

    mutating func apply(environment: [String: String]) {
        // Set to nothing is how many tools write "not set".
        let environment = environment.filter { !$0.value.isEmpty }
        let keys = EnvironmentKey.all(names: names(in:))
        if let port = environment["PORT"] { apply(port: port, isCertain: environment["WEIR_LISTEN"] == nil) }
        if let workers = environment["WEIR_WORKERS"] { setWorkers(workers, .environment("WEIR_WORKERS")) }
        for key in keys {
            guard let value = environment[key.variable] else { continue }
            set(key.path, value, isList: key.isList, .environment(key.variable))
        }
        // The last is no setting: it names the program that runs PHP.
        let known = Set(keys.map(\.variable) + ["WEIR_WORKERS", "WEIR_PHP_GUEST", "WEIR_NODE_GUEST"])
        for name in environment.keys.sorted()
        where name.hasPrefix("WEIR_") && !known.contains(name) && !Self.isServiceLink(name) {
            problems.append(
                ConfigurationProblem(
                    severity: .warning, place: .environment(name), keyPath: "", reason: "no key has this name",
                    found: name, suggestion: NearestWord.to(name, among: known.sorted())))
        }
    }

    mutating func apply(flags: ServeFlags) {
        if !flags.listen.isEmpty {
            let origin = Origin.flag("--listen")
            let list = Written(content: .list(flags.listen.map { .text($0, origin) }), origin: origin)
            written.set([KeyStep(name: "listen")], to: list)
        }
        if let workers = flags.workers { setWorkers(workers, .flag("--workers")) }
        if let mode = flags.mode { setMode(mode, .flag("--mode")) }
        if let user = flags.user { set([KeyStep(name: "user")], user, isList: false, .flag("--user")) }
        if let level = flags.logLevel { set([KeyStep(name: "log_level")], level, isList: false, .flag("--log-level")) }
    }

    private func names(in key: String) -> [String] { written[key]?.keys ?? [] }

    private mutating func set(_ path: [KeyStep], _ value: String, isList: Bool, _ origin: Origin) {
        guard isList else { return written.set(path, to: .text(value, origin)) }
        let items = value.split(separator: ",").map { Written.text(String($0.trimmingSpaces), origin) }
        written.set(path, to: Written(content: .list(items), origin: origin))
    }

    /// One number for every app: whoever sets it from outside has one app, or means all of them.
    private mutating func setWorkers(_ workers: String, _ origin: Origin) {
        for app in names(in: "apps") {
            set(["apps", app, "pool", "max_workers"].map { KeyStep(name: $0) }, workers, isList: false, origin)
        }
    }

    /// Of what has modes: other runtimes are what they are.
    private mutating func setMode(_ mode: String, _ origin: Origin) {
        for app in names(in: "apps") {
            if case .text(let runtime)? = written["apps"]?[app]?["runtime"]?.content, runtime != Runtime.php.rawValue {
                continue
            }
            set(["apps", app, "mode"].map { KeyStep(name: $0) }, mode, isList: false, origin)
        }
    }

    /// `PORT`, which hosting platforms set, replaces the port of the first address that has one.
    private mutating func apply(port: String, isCertain: Bool) {
        let origin = Origin.environment("PORT")
        guard isCertain else { return }
        guard port.utf8.allSatisfy(isDigit), let number = Int(port), number <= 65535 else {
            problems.append(
                ConfigurationProblem(
                    place: origin, keyPath: "listen", reason: "expected a port from 0 to 65535, found \(port.quoted)",
                    found: port, expected: "a port from 0 to 65535"))
            return
        }
        var addresses: [Written]
        switch written["listen"]?.content {
        case .none, .nothing: addresses = [.text("0.0.0.0:\(number)", origin)]
        case .list(let items): addresses = items
        case .text, .section: addresses = written["listen"].map { [$0] } ?? []
        }
        let first = addresses.firstIndex { address in
            guard case .text(let text) = address.content, case .tcp = try? ListenAddress(configured: text) else {
                return false
            }
            return true
        }
        guard let first, case .text(let text) = addresses[first].content,
            case .tcp(let host, _) = try? ListenAddress(configured: text)
        else {
            problems.append(
                ConfigurationProblem(
                    severity: .warning, place: origin, keyPath: "listen", reason: "not used: no address has a port"))
            return
        }
        addresses[first] = .text(ListenAddress.tcp(host: host, port: number).configured, origin)
        written.set([KeyStep(name: "listen")], to: Written(content: .list(addresses), origin: origin))
    }

    /// Kubernetes and Docker announce a service called `weir` with variables that look like ours.
    private static func isServiceLink(_ name: String) -> Bool {
        name == "WEIR_PORT" || name == "WEIR_NAME" || name.hasPrefix("WEIR_PORT_") || name.hasPrefix("WEIR_SERVICE_")
            || name.hasPrefix("WEIR_ENV_")
    }
}

/// A key that an environment variable can set: `WEIR_` and its path in capitals, joined by `_`.
struct EnvironmentKey: Sendable {
    var variable: String
    var path: [KeyStep]
    /// Several values, with commas between.
    var isList = false

    /// `names`: those that a section such as `apps` has.
    static func all(names: (String) -> [String]) -> [EnvironmentKey] {
        keys(of: Keys.settings.shape, path: [], names: names)
    }

    static func variable(for path: some Sequence<String>) -> String {
        "WEIR_" + path.map { $0.uppercased().replacing("-", with: "_") }.joined(separator: "_")
    }

    private static func keys(of shape: Shape, path: [KeyStep], names: (String) -> [String]) -> [EnvironmentKey] {
        let variable = variable(for: path.map(\.name))
        switch shape {
        case .scalar: return [EnvironmentKey(variable: variable, path: path)]
        case .list(of: .scalar, _): return [EnvironmentKey(variable: variable, path: path, isList: true)]
        case .list, .texts: return []
        case .section(let section):
            return section.keys.flatMap { keys(of: $0.shape, path: path + [KeyStep(name: $0.name)], names: names) }
        case .shorthand(_, _, let key, let section):
            var steps = path
            if !steps.isEmpty { steps[steps.count - 1].shorthand = key }
            return [EnvironmentKey(variable: variable, path: steps + [KeyStep(name: key)])]
                + keys(of: .section(section), path: steps, names: names)
        case .named(let section, _):
            return names(path.last?.name ?? "").flatMap {
                keys(of: .section(section), path: path + [KeyStep(name: $0)], names: names)
            }
        }
    }
}

extension Substring {
    var trimmingSpaces: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// Finds out what a directory without a `weir.yaml` holds.
struct Detection {
    var written: Written
    /// What says that the application is made for worker mode; nil: nothing does.
    var workerModeSign: String?
    /// Applications of its kind may do well in it.
    var suggestsWorkerMode = false
    var notes: [String]

    static func look(at directory: String, _ facts: FileFacts) throws(ConfigurationProblems) -> Detection {
        func has(_ name: String) -> Bool {
            facts.isFile(Path.resolve(name, from: directory)) || facts.isDirectory(Path.resolve(name, from: directory))
        }
        switch facts.kind(directory) {
        case .directory, .emptyDirectory, .unknown: break
        case .missing: throw ConfigurationProblems(of: directory, "the directory does not exist")
        case .file: throw ConfigurationProblems(of: directory, "a file, not a directory")
        }
        for framework in Framework.all where framework.isThere(has) {
            let names = framework.signs(has).joined(separator: ", ")
            let root = Path.resolve(framework.root, from: directory)
            let sign = framework.workerModeSigns.first(where: has)
            return Detection(
                written: app(root: root, mode: sign == nil ? .classic : .worker), workerModeSign: sign,
                suggestsWorkerMode: !framework.workerModeSigns.isEmpty,
                notes: ["found \(framework.name) (\(names))", "serving \(root) with front controller index.php"])
        }
        if let package = NodePackage(in: directory, facts), let start = package.start {
            let what =
                switch start {
                case .entry(let entry, _): entry
                case .command(let words): words.joined(separator: " ")
                }
            return Detection(
                written: app([("runtime", "node"), ("root", directory)]),
                notes: ["found a Node.js application (package.json)", "starting \(what)"])
        }
        for (page, root) in [("public/index.html", "public"), ("index.html", ".")] where has(page) {
            let path = Path.resolve(root, from: directory)
            return Detection(written: files(root: path), notes: ["found static files (\(page))", "serving \(path)"])
        }
        // A program's source must not be published because nobody recognized it.
        if let (sign, what) = incomplete.first(where: { has($0.sign) }) {
            throw ConfigurationProblems(of: directory, "found \(what) (\(sign)), but no public/index.php or index.php")
        }
        if let (sign, what) = foreign.first(where: { has($0.sign) }) {
            throw ConfigurationProblems(
                of: directory,
                "found \(what) (\(sign)); say in a weir.yaml what starts it (runtime: http, command), or which files to serve"
            )
        }
        guard facts.kind(directory) == .directory else {
            throw ConfigurationProblems(of: directory, "nothing to serve here; looked for \(lookedFor)")
        }
        return Detection(
            written: files(root: directory),
            notes: ["found files, but no index.html", "serving \(directory); only full paths of files answer"])
    }

    /// What follows from the settings, and for whose sake.
    func consequences(of settings: Settings, _ origins: Origins) -> [String] {
        func because(_ path: String) -> String {
            switch origins[path] {
            case .default: "the default"
            case .detected: "detected"
            case let origin: "because \(origin) says so"
            }
        }
        var notes: [String] = []
        for app in settings.apps {
            notes += mode(of: app, origins["apps.\(app.name).mode"], because)
            guard let most = app.pool.maxWorkers else {
                notes.append(
                    app.runtime == .node ? "a process for each core" : "as many workers as the container carries")
                continue
            }
            let workers = most == 1 ? "1 worker" : "\(most) workers"
            notes.append("\(workers) at most, \(because("apps.\(app.name).pool.max_workers"))")
        }
        let addresses = settings.listen.map(\.configured).joined(separator: ", ")
        notes.append("listening on \(addresses), \(because("listen"))")
        return notes
    }

    private func mode(of app: AppSettings, _ origin: Origin, _ because: (String) -> String) -> [String] {
        switch (app.mode, origin) {
        case (.worker, .detected):
            return ["worker mode with \(app.worker.script.inWords), because there is \(workerModeSign ?? "")"]
        case (.worker, _):
            return ["worker mode with \(app.worker.script.inWords), \(because("apps.\(app.name).mode"))"]
        case (.classic, .default) where suggestsWorkerMode:
            return [
                "classic mode: the application starts anew for each request",
                "to start it once a worker: 'weir audit' shows what would survive a request, then --mode worker",
            ]
        case (.classic, .default): return []
        case (.classic, _): return ["classic mode, \(because("apps.\(app.name).mode"))"]
        }
    }

    private static let foreign: [(sign: String, what: String)] = [
        ("manage.py", "a Django application"),
        ("pyproject.toml", "a Python project"), ("requirements.txt", "a Python project"),
        ("package.json", "a Node.js package without a start script and without server.js"), ("go.mod", "a Go module"),
        ("Gemfile", "a Ruby project"),
        ("pom.xml", "a Java project"), ("Cargo.toml", "a Rust project"), ("Package.swift", "a Swift package"),
    ]

    private static let incomplete: [(sign: String, what: String)] = [
        ("artisan", "a Laravel application"), ("composer.json", "a PHP package"),
    ]

    private static let lookedFor =
        "weir.yaml, Laravel (artisan), Symfony (bin/console), WordPress (wp-config.php), "
        + "public/index.php, index.php and index.html"

    private static func app(root: String, mode: Mode) -> Written {
        var texts = [("runtime", "php"), ("root", root), ("entry", "index.php")]
        if mode != .classic { texts.append(("mode", mode.rawValue)) }
        return app(texts)
    }

    private static func app(_ texts: [(String, String)]) -> Written {
        let values = texts.map { ($0, Written.text($1, .detected)) }
        return .section([("apps", .section([("web", .section(values, .detected))], .detected))], .detected)
    }

    private static func files(root: String) -> Written {
        let route = Written.section([("static", .text(root, .detected))], .detected)
        return .section([("routes", Written(content: .list([route]), origin: .detected))], .detected)
    }
}

/// What a PHP application is recognized by: every one of `all`, and one of `any` if there are some.
private struct Framework {
    var name: String
    var root: String
    var all: [String]
    var any: [String] = []
    /// What says that the application is made to outlive a request. Empty: its kind is not.
    var workerModeSigns: [String] = ["vendor/weir/php"]

    /// The most particular first.
    static let all: [Framework] = [
        Framework(
            name: "a Laravel application", root: "public", all: ["artisan", "public/index.php"],
            workerModeSigns: ["vendor/laravel/octane", "config/octane.php", "vendor/weir/php"]),
        Framework(
            name: "a Symfony application", root: "public", all: ["public/index.php"],
            any: ["bin/console", "config/bundles.php"],
            workerModeSigns: ["vendor/runtime/frankenphp-symfony", "vendor/weir/php"]),
        Framework(
            name: "WordPress", root: ".", all: ["index.php"], any: ["wp-config.php", "wp-settings.php", "wp-includes"],
            workerModeSigns: []),
        Framework(name: "a PHP application", root: "public", all: ["public/index.php"]),
        Framework(name: "a PHP application", root: ".", all: ["index.php"]),
    ]

    func isThere(_ has: (String) -> Bool) -> Bool { all.allSatisfy(has) && (any.isEmpty || any.contains(where: has)) }

    func signs(_ has: (String) -> Bool) -> [String] { any.filter(has).prefix(1) + all }
}

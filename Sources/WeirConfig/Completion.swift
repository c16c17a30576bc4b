/// Fills in what depends on something else: paths seen from the directory, and defaults that follow from other values.
enum Completion {
    static func complete(_ settings: inout Settings, _ reader: inout Reader) {
        let directory = reader.directory
        for index in settings.listen.indices { settings.listen[index].resolve(from: directory) }
        if case .address(var address) = settings.admin.listen {
            address.resolve(from: directory)
            settings.admin.listen = .address(address)
        }
        settings.admin.tokenFile = settings.admin.tokenFile.map { Path.resolve($0, from: directory) }
        for index in settings.errorPages.indices {
            settings.errorPages[index].path = Path.resolve(settings.errorPages[index].path, from: directory)
        }
        settings.accessLog.path = settings.accessLog.path.map { Path.resolve($0, from: directory) }
        settings.limits.temporaryDirectory = settings.limits.temporaryDirectory.map {
            Path.resolve($0, from: directory)
        }
        for index in settings.apps.indices {
            let path = "apps.\(settings.apps[index].name)"
            for address in settings.apps[index].addresses.indices {
                settings.apps[index].addresses[address].resolve(from: directory)
            }
            completeRoot(of: &settings.apps[index], at: path, &reader)
            switch settings.apps[index].runtime {
            case .php, .fastcgi: completeEntry(of: &settings.apps[index], at: path, &reader)
            case .node: completeNodeEntry(of: &settings.apps[index], at: path, &reader)
            case .http: break
            }
            completeWorkerMode(of: &settings.apps[index], at: path, &reader)
            completePool(&settings.apps[index].pool, at: "\(path).pool", &reader)
            completePoolOfPrograms(of: &settings.apps[index], at: "\(path).pool", &reader)
        }
        for index in settings.routes.indices {
            guard case .files(var files) = settings.routes[index].action else { continue }
            files.root = Path.resolve(files.root, from: directory)
            settings.routes[index].action = .files(files)
        }
        completeSupervision(&settings, &reader)
    }

    private static func completeRoot(of app: inout AppSettings, at path: String, _ reader: inout Reader) {
        if reader.origins["\(path).root"] == .default {
            let hasPublic =
                !app.runtime.speaksHTTP && reader.facts.isFile(Path.resolve("public/index.php", from: reader.directory))
            app.root = hasPublic ? "public" : "."
            if !app.runtime.speaksHTTP { reader.origins["\(path).root"] = .detected }
        }
        app.root = Path.resolve(app.root, from: reader.directory)
        app.files.root = app.root
    }

    /// The entry is kept relative to the root. What repeats the root (`public/index.php` with root `public`) is meant
    /// from the directory of the file.
    private static func completeEntry(of app: inout AppSettings, at path: String, _ reader: inout Reader) {
        if reader.origins["\(path).entry"] == .default {
            guard app.runtime == .php, reader.facts.isFile(Path.resolve("index.php", from: app.root)) else { return }
            app.entry = "index.php"
            reader.origins["\(path).entry"] = .detected
        }
        guard let entry = app.entry else { return }
        let inRoot = Path.resolve(entry, from: app.root)
        let inDirectory = Path.resolve(entry, from: reader.directory)
        if let relative = Path.relative(inDirectory, to: app.root), !reader.facts.isFile(inRoot) {
            app.entry = relative
        } else if let relative = Path.relative(inRoot, to: app.root) {
            app.entry = relative
        } else {
            reader.error(at: "\(path).entry", "\(entry.quoted) lies outside the root \(app.root)")
        }
    }

    /// Defaults of the spare workers give way to what was written; what the file says gives way to a number of workers
    /// from outside, since a flag should not need the file changed.
    private static func completePool(_ pool: inout PoolSettings, at path: String, _ reader: inout Reader) {
        func isWritten(_ key: String) -> Bool { reader.origins["\(path).\(key)"] != .default }
        guard let most = pool.maxWorkers else { return }
        let cause = reader.origins["\(path).max_workers"]
        if cause.isFromOutside {
            lower(&pool.minSpare, to: most, of: cause, at: "\(path).min_spare", &reader)
            lower(&pool.maxSpare, to: most, of: cause, at: "\(path).max_spare", &reader)
            if var start = pool.start {
                lower(&start, to: most, of: cause, at: "\(path).start", &reader)
                pool.start = start
            }
        }
        if !isWritten("max_spare") {
            let least = isWritten("min_spare") ? pool.minSpare : 1
            pool.maxSpare = min(most, max(pool.maxSpare, least))
        }
        if !isWritten("min_spare") { pool.minSpare = min(pool.minSpare, pool.maxSpare) }
    }

    private static func lower(
        _ value: inout Int, to most: Int, of cause: Origin, at path: String, _ reader: inout Reader
    ) {
        guard case .file = reader.origins[path], value > most else { return }
        reader.warn(at: path, "lowered from \(value) to the \(most) workers of \(cause)")
        value = most
    }
}

extension ListenAddress {
    fileprivate mutating func resolve(from directory: String) {
        if case .unix(let path) = self { self = .unix(path: Path.resolve(path, from: directory)) }
    }
}

extension Origin {
    /// A flag or the environment.
    var isFromOutside: Bool {
        switch self {
        case .environment, .flag: true
        case .file, .detected, .default: false
        }
    }
}

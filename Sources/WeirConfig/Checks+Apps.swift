import WeirCore

extension Checks {
    static func checkApp(_ app: AppSettings, _ settings: Settings, _ reader: inout Reader) {
        let path = "apps.\(app.name)"
        switch app.runtime {
        case .php:
            checkDirectory(app.root, at: "\(path).root", isError: true, &reader)
            if let entry = app.entry, reader.facts.isDirectory(app.root) {
                let file = Path.resolve(entry, from: app.root)
                if reader.facts.kind(file) == .missing { reader.error(at: "\(path).entry", "\(file) does not exist") }
            }
            refuseAddresses(of: app, at: path, &reader)
        case .fastcgi:
            // Its scripts may be on another machine, so a missing root only costs the files.
            checkDirectory(app.root, at: "\(path).root", isError: false, &reader)
            if app.addresses.isEmpty, !reader.broken.contains(where: { $0.hasPrefix("\(path).address") }) {
                reader.error(at: path, "'address' is missing: where the FastCGI server listens")
            }
            if app.addresses.count > 1 {
                reader.error(at: "\(path).address", "one address: several are for 'runtime: http'")
            }
            if case .tcp(_, port: 0)? = app.addresses.first {
                reader.error(at: "\(path).address", "port 0 cannot be connected to")
            }
        case .node: checkNode(app, at: path, &reader)
        case .http: checkHTTP(app, settings, at: path, &reader)
        }
        if app.runtime.speaksHTTP {
            checkProgram(app, at: path, &reader)
        } else {
            refuseProgramKeys(of: app, at: path, &reader)
        }
        checkMode(of: app, at: path, &reader)
        checkPool(app.pool, at: "\(path).pool", &reader)
        checkTimeouts(of: app, settings, &reader)
        checkPHP(app, settings, &reader)
    }

    private static func checkPool(_ pool: PoolSettings, at path: String, _ reader: inout Reader) {
        guard !reader.broken.contains(where: { $0.hasPrefix("\(path).") }) else { return }
        if let soft = pool.maxMemory, let hard = pool.maxMemoryHard, hard < soft {
            reader.error(
                at: "\(path).max_memory_hard",
                "max_memory_hard (\(hard.configured)) is less than max_memory (\(soft.configured))")
        }
        if pool.manager != .ondemand, pool.processIdleTimeout != PoolSettings().processIdleTimeout {
            reader.warn(at: "\(path).process_idle_timeout", "not used: only with 'manager: ondemand'")
        }
        checkSpares(pool, at: path, &reader)
    }

    private static func checkSpares(_ pool: PoolSettings, at path: String, _ reader: inout Reader) {
        // A static pool has max_workers workers, whatever the rest says; ondemand has no spares.
        guard pool.manager == .dynamic || pool.manager == .auto else { return }
        func exceeds(_ name: String, _ value: Int, _ limitName: String, _ limit: Int) -> Bool {
            guard value > limit else { return false }
            let blamed = reader.origins["\(path).\(name)"] == .default ? limitName : name
            reader.error(at: "\(path).\(blamed)", "\(name) (\(value)) is more than \(limitName) (\(limit))")
            return true
        }
        let spareIsWrong = pool.maxWorkers.map { exceeds("max_spare", pool.maxSpare, "max_workers", $0) } ?? false
        let minIsWrong = exceeds("min_spare", pool.minSpare, "max_spare", pool.maxSpare)
        guard let start = pool.start, !spareIsWrong, !minIsWrong else { return }
        if start < pool.minSpare || start > pool.maxSpare {
            reader.error(
                at: "\(path).start",
                "start (\(start)) is not between min_spare (\(pool.minSpare)) and max_spare (\(pool.maxSpare))")
        }
    }

    private static func checkTimeouts(of app: AppSettings, _ settings: Settings, _ reader: inout Reader) {
        let path = "apps.\(app.name).timeouts"
        let (request, graceful) = (app.timeouts.request, settings.timeouts.graceful)
        // The defaults are an old pair: nobody who left them alone is told that they differ.
        let isDefault = request == AppTimeouts().request && graceful == EdgeTimeouts().graceful
        if request > graceful, !isDefault {
            let blamed = reader.origins["\(path).request"] == .default ? "timeouts.graceful" : "\(path).request"
            reader.warn(
                at: blamed,
                "a request of '\(app.name)' may take \(request.configured), but a stop waits \(graceful.configured) "
                    + "(timeouts.graceful)")
        }
        if let slow = app.timeouts.slowAfter, slow >= request, reader.origins["\(path).slow_after"] != .default {
            reader.warn(at: "\(path).slow_after", "never reached: 'request' is \(request.configured)")
        }
        if app.runtime != .php, app.timeouts.connect > request {
            reader.warn(at: "\(path).connect", "never reached: 'request' is \(request.configured)")
        }
    }

    private static func checkPHP(_ app: AppSettings, _ settings: Settings, _ reader: inout Reader) {
        let path = "apps.\(app.name).php"
        for name in app.php.ini.keys.sorted() where app.php.admin[name] != nil {
            reader.warn(at: "\(path).ini.\(name)", "not used: php.admin sets it too")
        }
        for (group, directives) in [("ini", app.php.ini), ("admin", app.php.admin)] {
            if let seconds = directives["max_execution_time"].flatMap({ Int($0) }), seconds < 1 << 32,
                Nanoseconds.seconds(seconds) > app.timeouts.request
            {
                reader.warn(
                    at: "\(path).\(group).max_execution_time",
                    "never reached: the worker is killed after \(app.timeouts.request.configured) (timeouts.request)")
            }
            for name in ["post_max_size", "upload_max_filesize"] {
                guard let size = directives[name].flatMap(Bytes.init(php:)), size > settings.limits.body else {
                    continue
                }
                reader.warn(
                    at: "\(path).\(group).\(name)",
                    "never reached: a body beyond \(settings.limits.body.configured) is refused (limits.body)")
            }
        }
    }
}

extension Bytes {
    /// PHP's own way of writing sizes: `8M` is 8 MiB. nil for anything else.
    fileprivate init?(php text: String) {
        let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30]
        let shift = text.uppercased().last.flatMap { shifts[$0] }
        guard let value = Int(shift == nil ? text : String(text.dropLast())), (0..<1 << 32).contains(value) else {
            return nil
        }
        self.init(value << (shift ?? 0))
    }
}

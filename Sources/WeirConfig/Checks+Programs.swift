import WeirCore

extension Checks {
    static func checkNode(_ app: AppSettings, at path: String, _ reader: inout Reader) {
        checkDirectory(app.root, at: "\(path).root", isError: true, &reader)
        refuseAddresses(of: app, at: path, &reader)
        if let entry = app.entry {
            let file = Path.resolve(entry, from: app.root)
            if reader.facts.kind(file) == .missing { reader.error(at: "\(path).entry", "\(file) does not exist") }
            if !app.command.isEmpty {
                reader.warn(at: "\(path).entry", "not used: 'command' says what is started")
            }
        } else if app.command.isEmpty, reader.facts.isDirectory(app.root), !reader.broken.contains("\(path).command") {
            reader.error(
                at: path,
                "nothing to start: \(app.root) has no package.json with a start script and no server.js; set 'entry'")
        }
    }

    static func checkHTTP(_ app: AppSettings, _ settings: Settings, at path: String, _ reader: inout Reader) {
        let isBroken = ["command", "address"].contains { key in
            reader.broken.contains { $0.hasPrefix("\(path).\(key)") }
        }
        switch (app.command.isEmpty, app.addresses.isEmpty) {
        case (true, true) where !isBroken:
            reader.error(at: path, "what serves it is missing: 'command', a program to start, or 'address'")
        case (false, false):
            reader.error(at: "\(path).address", "'command' and 'address' exclude each other: who starts it?")
        default: break
        }
        checkDirectory(app.root, at: "\(path).root", isError: !app.command.isEmpty, &reader)
        for (index, address) in app.addresses.enumerated() {
            if case .tcp(_, port: 0) = address {
                reader.error(at: "\(path).address[\(index)]", "port 0 cannot be connected to")
            }
            if settings.listen.contains(address) {
                reader.error(at: "\(path).address[\(index)]", "Weir itself listens on \(address.configured)")
            }
        }
        if app.entry != nil, reader.origins["\(path).entry"] != .default {
            reader.warn(at: "\(path).entry", "not used: only with 'runtime: php' and 'node'")
        }
    }

    static func checkProgram(_ app: AppSettings, at path: String, _ reader: inout Reader) {
        let health = app.healthCheck
        if health.timeout > health.interval {
            reader.warn(
                at: "\(path).health_check.timeout",
                "longer than 'interval' (\(health.interval.configured)): questions are not asked twice at once")
        }
    }

    /// Keys of programs where none is started.
    static func refuseProgramKeys(of app: AppSettings, at path: String, _ reader: inout Reader) {
        let defaults = AppSettings(name: "", runtime: app.runtime, root: "")
        let unused = [
            ("command", !app.command.isEmpty), ("health_check", app.healthCheck != defaults.healthCheck),
            ("upstream", app.upstream != defaults.upstream),
            ("node", app.node != defaults.node), ("debug_vars", app.debugVars != nil),
            ("pool.concurrency", app.pool.concurrency != nil),
            ("timeouts.idle", app.timeouts.idle != defaults.timeouts.idle),
        ]
        for case (let key, true) in unused {
            reader.warn(at: "\(path).\(key)", "not used: only with 'runtime: node' and 'http'")
        }
    }

    static func refuseAddresses(of app: AppSettings, at path: String, _ reader: inout Reader) {
        guard !app.addresses.isEmpty else { return }
        reader.warn(at: "\(path).address", "not used: only with 'runtime: fastcgi' and 'http'")
    }
}

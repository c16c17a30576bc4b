extension Checks {
    static func checkMode(of app: AppSettings, at path: String, _ reader: inout Reader) {
        guard app.mode == .worker else { return checkUnused(app, at: path, &reader) }
        guard app.runtime == .php else {
            let why =
                app.runtime == .fastcgi
                ? "the server elsewhere decides how its scripts run" : "programs start once in any case"
            return reader.error(at: "\(path).mode", "only with 'runtime: php': \(why)")
        }
        checkScript(of: app, at: path, &reader)
        if app.audit, let sign = app.signOfProduction {
            reader.warn(at: "\(path).audit", "slow, and meant for development, but \(sign)")
        }
    }

    private static func checkUnused(_ app: AppSettings, at path: String, _ reader: inout Reader) {
        let defaults = AppSettings(name: "", runtime: app.runtime, root: "")
        let unused = [
            (["worker", "script"], app.worker.script != defaults.worker.script),
            (["worker", "frankenphp"], app.worker.frankenphp), (["worker", "preload"], !app.worker.preload),
            (["audit"], app.audit),
        ]
        for case (let key, true) in unused {
            reader.warn(at: ([path] + key).joined(separator: "."), "not used: only with 'mode: worker'")
        }
    }

    private static func checkScript(of app: AppSettings, at path: String, _ reader: inout Reader) {
        switch app.worker.script {
        case .file(let file): checkFile(file, at: "\(path).worker.script", &reader)
        case .builtIn(.plain) where app.entry == nil:
            reader.error(
                at: "\(path).worker.script",
                "a front controller is needed: set 'entry', or name a script of your own")
        case .builtIn, .auto: break
        }
    }
}

extension AppSettings {
    /// What says that it is no development machine; nil: nothing does.
    fileprivate var signOfProduction: String? {
        if let name = environment["APP_ENV"], name.lowercased().hasPrefix("prod") { return "APP_ENV is \(name)" }
        let setting = php.admin["opcache.validate_timestamps"] ?? php.ini["opcache.validate_timestamps"]
        if let setting, ["0", "off", "false", "no"].contains(setting.lowercased()) {
            return "opcache.validate_timestamps is off"
        }
        return nil
    }
}

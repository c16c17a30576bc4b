/// What starts an application in worker mode.
extension Completion {
    static func completeWorkerMode(of app: inout AppSettings, at path: String, _ reader: inout Reader) {
        guard app.mode == .worker else { return }
        switch app.worker.script {
        case .auto: app.worker.script = detectScript(of: app, at: "\(path).worker.script", &reader)
        case .builtIn: break
        case .file(let file): app.worker.script = .file(Path.resolve(file, from: reader.directory))
        }
    }

    private static func detectScript(of app: AppSettings, at path: String, _ reader: inout Reader) -> WorkerScript {
        let directory = ApplicationDirectory.of(root: app.root, reader.facts)
        func has(_ name: String) -> Bool { reader.facts.isFile(Path.resolve(name, from: directory)) }
        reader.origins[path] = .detected
        if has("artisan") { return .builtIn(.laravel) }
        if has("bin/console") || has("config/bundles.php") { return .builtIn(.symfony) }
        return .builtIn(.plain)
    }
}

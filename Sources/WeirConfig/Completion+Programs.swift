/// What starts a program that speaks HTTP.
extension Completion {
    /// What is not written comes from `package.json`. The entry is seen from the root, which is the application's directory.
    static func completeNodeEntry(of app: inout AppSettings, at path: String, _ reader: inout Reader) {
        guard app.command.isEmpty else { return }
        guard reader.origins["\(path).entry"] == .default else {
            if let entry = app.entry { app.entry = Path.relative(Path.resolve(entry, from: app.root), to: app.root) }
            return
        }
        switch NodePackage(in: app.root, reader.facts)?.start {
        case .entry(let entry, let arguments)?:
            app.entry = entry
            reader.origins["\(path).entry"] = .detected
            if reader.origins["\(path).node.arguments"] == .default, !arguments.isEmpty {
                app.node.arguments = arguments
                reader.origins["\(path).node.arguments"] = .detected
            }
        case .command(let words)?:
            app.command = words
            reader.origins["\(path).command"] = .detected
        case nil: break
        }
    }

    /// A worker that is replaced after some requests is a habit of PHP. One of hundreds at once would often be replaced.
    static func completePoolOfPrograms(of app: inout AppSettings, at path: String, _ reader: inout Reader) {
        guard app.runtime.speaksHTTP, reader.origins["\(path).max_requests"] == .default else { return }
        app.pool.maxRequests = 0
    }
}

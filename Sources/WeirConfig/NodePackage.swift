/// What `package.json` says about how a Node.js application is started.
struct NodePackage {
    /// A program in the package, or a command.
    enum Start: Equatable {
        case entry(String, arguments: [String])
        case command([String])
    }

    private let written: Written?
    private let has: (String) -> Bool

    /// `directory`: of the package; nil: there is no `package.json` that can be read.
    init?(in directory: String, _ facts: FileFacts) {
        let path = Path.resolve("package.json", from: directory)
        guard facts.isFile(path) else { return nil }
        var reading = YAMLReading(name: path, text: facts.text(path) ?? "")
        // JSON is YAML. A package that is neither will say so itself when it is started.
        written = reading.read()
        has = { facts.isFile(Path.resolve($0, from: directory)) }
    }

    /// In npm's order: the start script, `server.js`; then what `main` names, and names that are usual. nil: nothing.
    var start: Start? {
        if case .text(let script)? = written?["scripts"]?["start"]?.content { return Self.start(of: script) }
        if has("server.js") { return .entry("server.js", arguments: []) }
        if case .text(let main)? = written?["main"]?.content {
            for name in [main, main + ".js", main + "/index.js"] where has(name) { return .entry(name, arguments: []) }
        }
        let usual = ["app.js", "index.js", "server.mjs", "app.mjs", "index.mjs", "dist/main.js", "dist/server.js"]
        return usual.first(where: has).map { .entry($0, arguments: []) }
    }

    private static let shellOnly = Set("&|;<>$`(){}*?=~#\n")

    /// `node --enable-source-maps server.js` is an entry; what only a shell understands is left to one.
    static func start(of script: String) -> Start? {
        if script.contains(where: shellOnly.contains) { return .command(["/bin/sh", "-c", script]) }
        guard let words = try? CommandWords.split(script), let first = words.first else { return nil }
        guard first == "node", let last = words.last, words.count > 1, !last.hasPrefix("-"),
            words.dropFirst().dropLast().allSatisfy({ $0.hasPrefix("-") })
        else { return .command(words) }
        return .entry(last, arguments: Array(words.dropFirst().dropLast()))
    }
}

import ArgumentParser
import Foundation
import WeirConfig

/// What `weir serve` and `weir config` take: where the application is, and the few settings that have a flag.
struct ServeOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The application's directory, or a configuration file.",
            discussion: """
                A directory is served as its weir.yaml says. Without one Weir looks for Laravel, Symfony, WordPress, any \
                other PHP application with an index.php, and static files.
                """,
            valueName: "path"))
    var path = "."

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "Take requests here: 8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/weir.sock. May be repeated.",
            valueName: "address"))
    var listen: [String] = []

    @Option(name: .long, help: ArgumentHelp("The most workers an app may have, for every app.", valueName: "count"))
    var workers: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Start the application once a worker, or anew for each request: worker or classic. For every PHP app.",
            valueName: "mode"))
    var mode: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The user to become, together with the workers, when started as root. Otherwise www-data or nobody.",
            valueName: "name"))
    var user: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Log from this level up: \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")). Otherwise info.",
            valueName: "level"))
    var logLevel: String?

    /// The configuration in effect. Throws ``ConfigurationProblems``, which reads well as it is.
    func load(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Configuration {
        let place = try ConfigurationPlace(path)
        var sources = ConfigurationSources(file: place.file, directory: place.directory)
        sources.environment = environment
        sources.flags.listen = listen
        sources.flags.workers = workers
        sources.flags.mode = mode
        sources.flags.user = user
        sources.flags.logLevel = logLevel
        sources.facts = .ofThisMachine
        return try Configuration.load(sources)
    }
}

/// The file or the directory that the command line names.
struct ConfigurationPlace {
    var file: (name: String, text: String)?
    /// Absolute.
    var directory: String
    /// How messages call it.
    var name: String

    /// A configuration beyond this size is refused unread; the loader's own limit is lower.
    private static let sizeMax = 2 << 20

    init(_ path: String) throws {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
            throw ConfigurationProblems(of: path, "neither a directory nor a file")
        }
        guard isDirectory.boolValue else {
            directory = url.deletingLastPathComponent().path
            name = path
            file = (path, try Self.read(url.path, name: path))
            return
        }
        directory = url.path
        let inside = url.appendingPathComponent("weir.yaml").path
        guard FileManager.default.fileExists(atPath: inside) else {
            name = path
            return
        }
        name = path == "." ? "weir.yaml" : path + (path.hasSuffix("/") ? "" : "/") + "weir.yaml"
        file = (name, try Self.read(inside, name: name))
    }

    private static func read(_ path: String, name: String) throws -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ConfigurationProblems(of: name, "cannot be read")
        }
        defer { try? handle.close() }
        let data: Data
        do {
            data = try handle.read(upToCount: sizeMax) ?? Data()
        } catch {
            throw ConfigurationProblems(of: name, "cannot be read: \(error.localizedDescription)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw ConfigurationProblems(of: name, "not UTF-8 text")
        }
        return text
    }
}

extension FileFacts {
    static let ofThisMachine = FileFacts(
        text: { path in
            guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: textMax + 1),
                data.count <= textMax
            else { return nil }
            return String(data: data, encoding: .utf8)
        },
        kind: { path in
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return .missing }
            guard isDirectory.boolValue else { return .file }
            let first = FileManager.default.enumerator(atPath: path)?.nextObject()
            return first == nil ? .emptyDirectory : .directory
        })
}

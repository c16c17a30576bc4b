import ArgumentParser
import Foundation
import WeirConfig

/// What `weir serve` and `weir config` take: where the application is, and the few settings that have a flag.
struct ServeOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The application's directory, or a weir.yaml.",
            discussion: """
                In a directory its weir.yaml is used. Without one Weir looks for Laravel, Symfony, WordPress, any other \
                PHP application with an index.php, and static files.
                """,
            valueName: "DIR or weir.yaml"))
    var path = "."

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "Where requests are taken: 8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/weir.sock. May be repeated.",
            valueName: "address"))
    var listen: [String] = []

    @Option(name: .long, help: ArgumentHelp("Most workers of each app.", valueName: "count"))
    var workers: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Whom the server and its workers run as when started as root.", valueName: "name"))
    var user: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The least important messages that are logged: \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "level"))
    var logLevel: String?

    /// The configuration in effect. Throws ``ConfigurationProblems``, which reads well as it is.
    func load(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Configuration {
        let place = try ConfigurationPlace(path)
        var sources = ConfigurationSources(file: place.file, directory: place.directory)
        sources.environment = environment
        sources.flags.listen = listen
        sources.flags.workers = workers
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
    static let ofThisMachine = FileFacts { path in
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return .missing }
        guard isDirectory.boolValue else { return .file }
        let first = FileManager.default.enumerator(atPath: path)?.nextObject()
        return first == nil ? .emptyDirectory : .directory
    }
}

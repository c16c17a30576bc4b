import Foundation
import NIOCore
import WeirConfig
import WeirCore
import WeirEdge
import WeirWire

/// A directory of real files that goes with the test, a cache that serves it, and a clock of its own.
final class StaticFixture {
    let directory: String
    let cache: FileCache
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)

    init(_ limits: FileCacheLimits = FileCacheLimits()) throws {
        var template = Array((NSTemporaryDirectory() + "weir-static-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        cache = FileCache(limits: limits)
        try FileManager.default.createDirectory(atPath: path("root"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Files are named from here; what is served lies in `root`.
    func path(_ name: String) -> String { directory + "/" + name }

    func write(_ name: String, _ text: String, modified: Int? = nil) throws {
        try write(name, Array(text.utf8), modified: modified)
    }

    func write(_ name: String, _ bytes: [UInt8], modified: Int? = nil) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        if let modified { date(name, modified) }
    }

    func date(_ name: String, _ seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        utimensat(AT_FDCWD, path(name), [time, time], 0)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    var settings: StaticSettings {
        var settings = AppSettings(name: "site", runtime: .php, root: "").files
        settings.root = path("root")
        return settings
    }

    func root(scripts: [String] = [], _ change: (inout StaticSettings) -> Void = { _ in }) -> StaticRoot {
        var settings = settings
        change(&settings)
        return cache.addRoot(settings, scriptExtensions: scripts)
    }

    /// Lets the validity of all that is cached run out.
    func pass() { now = now + .milliseconds(1_001) }

    func resolve(_ path: String, _ root: StaticRoot) -> Resolution {
        Array(path.utf8).withUnsafeBytes { cache.resolve($0, in: root, now: now) }
    }

    func kind(_ path: String, _ root: StaticRoot) -> FileKind {
        Array(path.utf8).withUnsafeBytes { cache.kind(of: $0, in: root, now: now) }
    }

    func file(_ path: String, _ root: StaticRoot) -> StaticFile? {
        if case .file(let file) = resolve(path, root) { file } else { nil }
    }

    /// The whole file as a plain GET gets it; otherwise the resolution's name.
    func get(_ path: String, _ root: StaticRoot) -> String {
        switch resolve(path, root) {
        case .file(let file): bodyText(file.body(file.plan(StaticRequest(method: .get, now: 2_000_000_000))))
        case .script(let index): "script " + String(decoding: index ?? [], as: UTF8.self)
        case .redirectToSlash: "redirect"
        case .directory: "directory"
        case .missing: "missing"
        case .forbidden: "forbidden"
        case .unavailable: "unavailable"
        }
    }

    /// How many descriptors of this process lead to the file.
    func openDescriptors(_ name: String) -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return all.filter {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
            return target?.hasPrefix(path(name)) == true
        }.count
    }
}

/// A body as it would be read from the wire.
func bodyText(_ body: StaticBody) -> String {
    var text = ""
    var cursor = StaticBodyCursor(body)
    while true {
        switch cursor.next(limit: 30_000) {
        case .bytes(let buffer): text += String(buffer: buffer)
        case .file(let file, let range):
            var buffer = ByteBuffer()
            guard file.read(range, into: &buffer) else { return text + "(unreadable)" }
            text += String(buffer: buffer)
        case .end: return text
        case .truncated: return text + "(truncated)"
        }
    }
}

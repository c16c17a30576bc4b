import WeirCore

/// Which file of a PHP application's document root answers a path, as `try_files $uri $uri/ /index.php` and
/// `fastcgi_split_path_info` would have it. A script is only ever a regular file whose own name ends in `.php`:
/// `/x.jpg/y.php` never runs `x.jpg`.
enum ScriptResolver {
    enum Resolution {
        case script(ScriptMatch)
        case file(StaticFile)
        case addSlash
        case refused(status: UInt16)
    }

    private static let suffix = Array(".php".utf8)

    static func resolve(_ path: [UInt8], app: AppEndpoint, in loop: EdgeLoop) -> Resolution {
        guard let files = app.files else { return entry(of: app) }
        let now = EdgeLoop.now
        let root = loop.root(files)
        return path.withUnsafeBytes { bytes in
            if let length = scriptLength(in: bytes), length < bytes.count {
                let script = UnsafeRawBufferPointer(rebasing: bytes[..<length])
                guard loop.files.kind(of: script, in: root, now: now) == .script else { return entry(of: app) }
                guard app.runs(script) else { return .refused(status: 404) }
                return .script(ScriptMatch(scriptLength: length))
            }
            switch loop.files.resolve(bytes, in: root, now: now) {
            case .file(let file): return .file(file)
            case .script(index: nil):
                guard app.runs(bytes) else { return .refused(status: 404) }
                return .script(ScriptMatch(scriptLength: bytes.count))
            // A directory's own script is another way of saying the front controller, or none.
            case .script where app.runsEntryOnly: return entry(of: app)
            case .script(let index): return .script(ScriptMatch(scriptLength: bytes.count, index: index))
            case .redirectToSlash: return .addSlash
            case .directory, .missing: return entry(of: app)
            case .forbidden: return .refused(status: 403)
            case .unavailable: return .refused(status: 503)
            }
        }
    }

    /// The length of the part that ends with the first segment called `….php`; nil when there is none.
    private static func scriptLength(in path: UnsafeRawBufferPointer) -> Int? {
        var end = suffix.count + 1
        while end <= path.count {
            let isSegmentEnd = end == path.count || path[end] == UInt8(ascii: "/")
            if isSegmentEnd && path[(end - suffix.count)..<end].elementsEqual(suffix) { return end }
            end += 1
        }
        return nil
    }

    private static func entry(of app: AppEndpoint) -> Resolution {
        app.entry == nil ? .refused(status: 404) : .script(ScriptMatch(usesEntry: true))
    }
}

extension AppEndpoint {
    /// Whether that script of the root may be asked for by name.
    fileprivate func runs(_ path: UnsafeRawBufferPointer) -> Bool {
        !runsEntryOnly || entry.map { path.elementsEqual($0) } ?? false
    }
}

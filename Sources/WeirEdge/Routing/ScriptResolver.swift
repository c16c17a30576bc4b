/// Which file of a PHP application's document root answers a path, as `try_files $uri $uri/ /index.php` and
/// `fastcgi_split_path_info` would have it. A script is only ever a regular file whose own name ends in `.php`:
/// `/x.jpg/y.php` never runs `x.jpg`.
enum ScriptResolver {
    enum Resolution {
        case script(ScriptMatch)
        case file
        case addSlash
        case forbidden
        case missing
    }

    private static let phpSuffix = Array(".php".utf8)
    private static let index = Array("index.php".utf8)

    static func resolve(_ path: [UInt8], app: AppEndpoint, files: FileCache) -> Resolution {
        if let length = scriptLength(in: path) {
            switch files.kind(of: path[..<length], in: app.files) {
            case .file: return .script(ScriptMatch(scriptLength: length))
            case .forbidden: return .forbidden
            case .directory, .missing: break
            }
            return entryOrMissing(app)
        }
        switch files.kind(of: path[...], in: app.files) {
        case .file: return .file
        case .forbidden: return .forbidden
        case .missing: return entryOrMissing(app)
        case .directory: return directory(path, app: app, files: files)
        }
    }

    /// The length of the part that ends with the first `.php` segment; nil when no segment does.
    private static func scriptLength(in path: [UInt8]) -> Int? {
        var index = phpSuffix.count
        while index <= path.count {
            let isSegmentEnd = index == path.count || path[index] == UInt8(ascii: "/")
            if isSegmentEnd && path[(index - phpSuffix.count)..<index].elementsEqual(phpSuffix) { return index }
            index += 1
        }
        return nil
    }

    private static func directory(_ path: [UInt8], app: AppEndpoint, files: FileCache) -> Resolution {
        let hasSlash = path.last == UInt8(ascii: "/")
        let indexPath = path + (hasSlash ? index : [UInt8(ascii: "/")] + index)
        if files.kind(of: indexPath[...], in: app.files) == .file {
            return hasSlash ? .script(ScriptMatch(scriptLength: path.count, usesIndex: true)) : .addSlash
        }
        if files.hasIndex(path[...], in: app.files) { return hasSlash ? .file : .addSlash }
        return entryOrMissing(app)
    }

    private static func entryOrMissing(_ app: AppEndpoint) -> Resolution {
        app.entry == nil ? .missing : .script(ScriptMatch(usesEntry: true))
    }
}

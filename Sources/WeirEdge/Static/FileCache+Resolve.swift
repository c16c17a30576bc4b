import WeirCore
import WeirWire

/// What a request's path leads to.
package enum Resolution {
    case file(StaticFile)
    /// A file the application runs. `index`: the name to append when the path is a directory's.
    case script(index: [UInt8]?)
    /// The path names a directory without its closing slash: relative links in what it shows would go wrong.
    case redirectToSlash
    /// A directory with none of its index files.
    case directory
    case missing
    case forbidden
    /// The system could not say: out of descriptors or memory, or the disk failed. Worth a 503.
    case unavailable
}

package enum FileKind: Sendable { case file, script, directory, missing, forbidden, unavailable }

extension FileCache {
    /// A file, a directory's index, or nothing: what is to happen then is the caller's to say.
    ///
    /// - Parameter path: normalised, without escapes or dot segments, beginning with a slash. Valid during the call.
    package func resolve(_ path: UnsafeRawBufferPointer, in root: StaticRoot, now: Instant) -> Resolution {
        switch state(path, root, now) {
        case .file(let file): return .file(file)
        case .script: return .script(index: nil)
        case .missing: return .missing
        case .forbidden: return .forbidden
        case .unavailable: return .unavailable
        case .directory: break
        }
        guard path.last == UInt8(ascii: "/") else { return .redirectToSlash }
        for name in root.index where path.count + name.count <= scratch.count {
            scratch.copyMemory(from: path)
            let end = UnsafeMutableRawBufferPointer(rebasing: scratch[path.count...])
            name.withUnsafeBytes { end.copyMemory(from: $0) }
            let candidate = UnsafeRawBufferPointer(rebasing: scratch[..<(path.count + name.count)])
            switch state(candidate, root, now) {
            case .file(let file): return .file(file)
            case .script: return .script(index: name)
            case .forbidden: return .forbidden
            case .unavailable: return .unavailable
            case .missing, .directory: continue
            }
        }
        return .directory
    }

    /// What lies at the path itself. For an application that looks for its script.
    package func kind(of path: UnsafeRawBufferPointer, in root: StaticRoot, now: Instant) -> FileKind {
        switch state(path, root, now) {
        case .file: .file
        case .script: .script
        case .directory: .directory
        case .missing: .missing
        case .forbidden: .forbidden
        case .unavailable: .unavailable
        }
    }
}

/// Who gave a value: what a problem points at, and what `weir config show` prints behind each value.
package enum Origin: Hashable, Sendable {
    case file(name: String, line: Int, column: Int)
    case environment(String)
    case flag(String)
    /// Found out by looking at the directory.
    case detected
    case `default`
}

extension Origin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let name, let line, _): line > 0 ? "\(name):\(line)" : name
        case .environment(let name): "environment \(name)"
        case .flag(let name): "flag \(name)"
        case .detected: "detected"
        case .default: "default"
        }
    }
}

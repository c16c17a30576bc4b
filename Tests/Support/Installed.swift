import Foundation
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips where a Debian package is missing. In CI nothing may be missing.
    package static func installed(_ paths: String..., package: String) -> Self {
        let missing = paths.filter { !FileManager.default.fileExists(atPath: $0) }
        return .enabled(
            if: missing.isEmpty || ProcessInfo.processInfo.environment["CI"] != nil,
            "\(missing) is missing (Debian package \(package)): scripts/install-dependencies.sh test"
        )
    }
}

/// Where an application's own files are, `vendor/` among them, seen from its document root.
package enum ApplicationDirectory {
    private static let signs = ["artisan", "bin/console", "config/bundles.php", "composer.json", "vendor"]

    /// Frameworks publish a directory within their own, others are published as a whole.
    package static func of(root: String, _ facts: FileFacts) -> String {
        let parent = Path.resolve("..", from: root)
        for directory in [root, parent] where signs.contains(where: { facts.isThere($0, in: directory) }) {
            return directory
        }
        return root.hasSuffix("/public") ? parent : root
    }
}

extension FileFacts {
    fileprivate func isThere(_ name: String, in directory: String) -> Bool {
        switch kind(Path.resolve(name, from: directory)) {
        case .file, .directory, .emptyDirectory: true
        case .missing, .unknown: false
        }
    }
}

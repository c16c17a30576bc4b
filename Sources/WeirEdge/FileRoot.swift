import WeirConfig

/// A directory that is served, known to every loop by its number; each loop's cache has a root of its own for it.
package struct FileRoot: Sendable {
    package let index: Int

    /// What a document root never shows as text.
    static let scriptExtensions = ["php", "phtml", "phar"]

    package init(index: Int) { self.index = index }
}

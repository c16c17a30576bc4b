import WeirCore

/// How much one event loop's ``FileCache`` may hold.
package struct FileCacheLimits: Sendable {
    /// How long what was found is believed without a look at the disk.
    package var validity: Nanoseconds = .seconds(1)
    /// Files, directories and paths that lead nowhere.
    package var entries = 4_096
    package var memory: Bytes = .mebibytes(32)
    /// A larger file is sent from its descriptor.
    package var smallFile: Bytes = .kibibytes(64)
    package var descriptors = 256

    package init() {}
}

/// What has happened since the start, and what is held now.
package struct FileCacheStatistics: Equatable, Sendable {
    package var hits = 0
    package var misses = 0
    /// Looks at the disk that found nothing changed.
    package var revalidations = 0
    package var evictions = 0
    package var entries = 0
    package var bytes = 0
    package var descriptors = 0
}

/// What an entry costs.
struct CacheWeight: Equatable {
    var bytes = 0
    var descriptors = 0
}

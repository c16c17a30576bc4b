import NIOCore
import WeirConfig
import WeirCore
import WeirWire

/// What lies at the paths of one or more document roots, remembered for a moment. One per event loop, and used by that loop
/// alone: no locks.
///
/// A path found here within its validity costs neither a system call nor an allocation. Paths that lead nowhere are
/// remembered too, in the same bounded table, so neither a popular missing icon nor a scan for random names costs much.
package final class FileCache {
    package let limits: FileCacheLimits
    package internal(set) var statistics = FileCacheStatistics()

    var table: EntryTable
    let allocator: ByteBufferAllocator
    private var roots: [StaticRoot] = []
    /// Where a directory's path is joined with an index file's name.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * PathRules.pathLengthMax, alignment: 1)

    package init(limits: FileCacheLimits = FileCacheLimits(), allocator: ByteBufferAllocator = ByteBufferAllocator()) {
        self.limits = limits
        self.allocator = allocator
        table = EntryTable(capacity: max(1, limits.entries))
    }

    deinit {
        scratch.deallocate()
    }

    /// - Parameter scriptExtensions: without the dot. Files called so are found, never opened or read.
    package func addRoot(_ settings: StaticSettings, scriptExtensions: [String] = []) -> StaticRoot {
        let root = StaticRoot(id: roots.count, settings: settings, scriptExtensions: scriptExtensions)
        roots.append(root)
        return root
    }

    /// What lies at the path itself: for a directory, no index is looked for.
    func state(_ path: UnsafeRawBufferPointer, _ root: StaticRoot, _ now: Instant) -> EntryState {
        root.refresh(now, validity: limits.validity)
        let hash = EntryTable.hash(path, root: root.id)
        guard let index = table.find(path, root: root.id, hash: hash) else {
            return load(path, root, now, hash: hash)
        }
        table[index].isReferenced = true
        if now < table[index].validUntil, table[index].generation == root.generation {
            statistics.hits += 1
            return table[index].state
        }
        if table[index].generation == root.generation, isUnchanged(index, root) {
            statistics.revalidations += 1
            table[index].validUntil = now + limits.validity
            return table[index].state
        }
        remove(index)
        return load(path, root, now, hash: hash)
    }
}

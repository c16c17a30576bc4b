import WeirCore

/// How much memory the container may use, and uses.
///
/// The limit is the least of the group's own and of those around it: `memory.max` and `memory.high` (beyond which the
/// kernel slows processes down until they are useless) of version 2, `memory.limit_in_bytes` of version 1; at most what
/// the machine has.
package struct ContainerMemory: Hashable, Sendable {
    package var limit: Bytes
    /// The file that says so.
    package var source: String
    /// All that is charged to the group whose limit it is, the page cache included.
    package var charged: Bytes
    /// Pages of files, not used for a while: the kernel takes them back first.
    package var inactiveFiles: Bytes
    package var activeFiles: Bytes

    /// As the kubelet counts: what is charged without the files that were not used for a while.
    package var workingSet: Bytes { Bytes(max(0, charged.count - inactiveFiles.count)) }

    /// What the kernel cannot take back: no pages of files. An application that reads many files would otherwise seem to
    /// be out of memory, while the cache fills what nobody else wants.
    package var inUse: Bytes { Bytes(max(0, workingSet.count - activeFiles.count)) }

    /// nil: neither control groups nor `/proc/meminfo` can be read.
    package static func read(_ files: ContainerFiles) -> ContainerMemory? {
        let machine = SmallFile.readTable("\(files.root)/proc/meminfo")
        let total = machine["MemTotal"].map { Bytes.kibibytes($0) }
        if let group = files.memory, let limit = group.memoryLimits().min(by: { $0.limit < $1.limit }),
            limit.limit.count < total?.count ?? .max
        {
            return ContainerMemory(limit, version: group.version, files)
        }
        guard let total else { return nil }
        let available = machine["MemAvailable"].map { Bytes.kibibytes($0) } ?? total
        return ContainerMemory(
            limit: total, source: "MemTotal of /proc/meminfo", charged: Bytes(total.count - available.count),
            inactiveFiles: 0, activeFiles: 0)
    }
}

extension ContainerMemory {
    fileprivate init(_ found: MemoryLimit, version: ContainerCgroup.Version, _ files: ContainerFiles) {
        let table = SmallFile.readTable("\(found.directory)/memory.stat")
        limit = found.limit
        source = "\(found.file) of \(files.shown(found.directory))"
        switch version {
        case .one:
            charged = Bytes(SmallFile.readNumber("\(found.directory)/memory.usage_in_bytes") ?? 0)
            inactiveFiles = Bytes(table["total_inactive_file"] ?? 0)
            activeFiles = Bytes(table["total_active_file"] ?? 0)
        case .two:
            charged = Bytes(SmallFile.readNumber("\(found.directory)/memory.current") ?? 0)
            inactiveFiles = Bytes(table["inactive_file"] ?? 0)
            activeFiles = Bytes(table["active_file"] ?? 0)
        }
    }
}

private struct MemoryLimit {
    let limit: Bytes
    let file: String
    let directory: String
}

extension ContainerCgroup {
    /// The group's own first, so that of equal ones the nearest is named.
    fileprivate func memoryLimits() -> [MemoryLimit] {
        switch version {
        case .two:
            // `max`, no limit, is no number; the root of the hierarchy has no such file.
            return directories.flatMap { directory in
                ["memory.max", "memory.high"].compactMap { file in
                    SmallFile.readNumber("\(directory)/\(file)").map {
                        MemoryLimit(limit: Bytes($0), file: file, directory: directory)
                    }
                }
            }
        case .one:
            // No limit is a number just below 2^63. Groups around the container's are limits too, and cannot be seen
            // from inside, but the kernel tells their effect.
            let visible = directories.compactMap { directory in
                SmallFile.readNumber("\(directory)/memory.limit_in_bytes").map {
                    MemoryLimit(limit: Bytes($0), file: "memory.limit_in_bytes", directory: directory)
                }
            }
            let hidden = SmallFile.readTable("\(own)/memory.stat")["hierarchical_memory_limit"].map {
                MemoryLimit(limit: Bytes($0), file: "hierarchical_memory_limit", directory: own)
            }
            return visible + (hidden.map { [$0] } ?? [])
        }
    }
}

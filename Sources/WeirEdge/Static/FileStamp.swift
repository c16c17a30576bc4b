import CWeirSystem

/// Tells whether a file is still the one that was loaded. The time of change is part of it, as tools that copy a file often
/// set its modification date back.
struct FileStamp: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modified: Int64
    var modifiedNanoseconds: Int64
    var changed: Int64
    var changedNanoseconds: Int64

    init(_ facts: weir_file_facts) {
        device = facts.device
        inode = facts.inode
        size = facts.size
        modified = facts.modified
        modifiedNanoseconds = facts.modified_nanoseconds
        changed = facts.changed
        changedNanoseconds = facts.changed_nanoseconds
    }
}

extension weir_file_facts {
    var isRegular: Bool { kind == 1 }
    var isDirectory: Bool { kind == 2 }
}

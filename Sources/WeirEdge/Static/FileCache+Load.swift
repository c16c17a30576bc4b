import CWeirSystem
import Glibc
import NIOCore
import WeirCore
import WeirWire

/// Looks at the disk, on a miss and when an entry's validity has run out.
extension FileCache {
    func load(_ path: UnsafeRawBufferPointer, _ root: StaticRoot, _ now: Instant, hash: Int) -> EntryState {
        switch PathRules.verdict(path, dotFiles: root.settings.dotFiles) {
        case .allowed: break
        // Known without a system call, so not worth an entry.
        case .missing: return .missing
        case .forbidden: return .forbidden
        }
        statistics.misses += 1
        var key: [UInt8] = []
        key.reserveCapacity(path.count + 1)
        key.append(contentsOf: path)
        key.append(0)
        var stamps = SiblingStamps()
        var state = look(key, root, &stamps)
        // Most likely out of descriptors, and some of them are ours.
        if case .unavailable = state, evict(where: { $0.weight.descriptors > 0 }) { state = look(key, root, &stamps) }
        var weight = CacheWeight()
        switch state {
        case .unavailable: return state
        case .file(let file): weight = file.weight
        case .script, .directory, .missing, .forbidden: break
        }
        weight.bytes += key.capacity
        let entry = EntryTable.Entry(
            key: key, root: root, hash: hash, state: state, stamps: stamps, weight: weight,
            validUntil: now + limits.validity)
        insert(entry)
        return state
    }

    /// Whether the disk still says what the entry says: one system call for a path, and one more for each possible sibling.
    func isUnchanged(_ index: Int, _ root: StaticRoot) -> Bool {
        let entry = table[index]
        var facts = weir_file_facts()
        let result = factsBeneath(root, entry.key, &facts)
        switch entry.state {
        case .directory:
            return result == 0 && facts.isDirectory
        case .script:
            return result == 0 && facts.isRegular
        case .missing:
            if case .missing = EntryState(errno: -result) { return true }
            return false
        case .file:
            guard result == 0, facts.isRegular, entry.stamps.identity == FileStamp(facts) else { return false }
            guard mayHaveSiblings(entry.key, root) else { return true }
            return entry.stamps.brotli == siblingStamp(entry.key, ".br", root, of: facts)
                && entry.stamps.gzip == siblingStamp(entry.key, ".gz", root, of: facts)
        case .forbidden, .unavailable:
            // Whether it still cannot be opened, only opening tells.
            return false
        }
    }

    private func look(_ key: [UInt8], _ root: StaticRoot, _ stamps: inout SiblingStamps) -> EntryState {
        let isScript = withFileExtension(key) { root.isScript($0) }
        // Scripts are not opened for reading: the worker that runs them may have a right to it that the edge has not.
        // Without O_NONBLOCK, opening a pipe would wait for its writer.
        var descriptor = open(root, key, isScript ? weir_path_only : O_RDONLY | O_NONBLOCK | O_NOCTTY)
        if descriptor == -EACCES {
            // A directory may be searched without being readable.
            descriptor = open(root, key, weir_path_only | O_DIRECTORY)
            if descriptor < 0 { return .forbidden }
        }
        guard descriptor >= 0 else { return EntryState(errno: -descriptor) }
        let owned = Descriptor(descriptor)
        var facts = weir_file_facts()
        guard weir_facts(descriptor, &facts) == 0 else { return .unavailable }
        if facts.isDirectory { return .directory }
        // Pipes, sockets and devices are nobody's to read over HTTP.
        guard facts.isRegular else { return .forbidden }
        if isScript { return .script }
        return loadFile(owned, key, root, &stamps)
    }

    func factsBeneath(_ root: StaticRoot, _ key: [UInt8], _ facts: inout weir_file_facts) -> CInt {
        withRelativePath(key) { weir_facts_beneath(root.descriptor, $0, root.rules, &facts) }
    }

    func open(_ root: StaticRoot, _ key: [UInt8], _ flags: CInt) -> CInt {
        withRelativePath(key) { weir_open_beneath(root.descriptor, $0, flags | O_CLOEXEC, root.rules) }
    }

    func withFileExtension<Result>(_ key: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        key.withUnsafeBytes { body(PathRules.fileExtension(UnsafeRawBufferPointer(rebasing: $0.dropLast()))) }
    }

    /// Without any of its leading slashes: one that remained would start the path at the system's root.
    private func withRelativePath(_ key: [UInt8], _ body: (UnsafePointer<CChar>) -> CInt) -> CInt {
        key.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a key ends in NUL") }
            var start = 0
            while bytes[start] == UInt8(ascii: "/") { start += 1 }
            if bytes[start] == 0 { return ".".withCString(body) }
            return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { body($0 + start) }
        }
    }
}

extension EntryState {
    init(errno code: CInt) {
        switch code {
        // EBADF: the root itself is missing. EINVAL, EILSEQ: a name that file system cannot have.
        case ENOENT, ENOTDIR, ENAMETOOLONG, EBADF, EINVAL, EILSEQ: self = .missing
        case EMFILE, ENFILE, ENOMEM, EIO, ESTALE, EAGAIN, EINTR: self = .unavailable
        default: self = .forbidden
        }
    }
}

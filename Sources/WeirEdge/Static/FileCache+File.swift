import CWeirSystem
import Glibc
import NIOCore
import WeirCore
import WeirWire

/// What the file and its siblings were when they were loaded; nil where there was none worth sending.
struct SiblingStamps: Equatable {
    var identity: FileStamp?
    var brotli: FileStamp?
    var gzip: FileStamp?
}

/// Reads a regular file and what lies precompressed beside it.
extension FileCache {
    private struct Loaded {
        var content: StaticFile.Content
        var facts: StaticFacts.Representation
        var stamp: FileStamp
    }

    func loadFile(
        _ descriptor: consuming Descriptor, _ key: [UInt8], _ root: StaticRoot, _ stamps: inout SiblingStamps
    ) -> EntryState {
        guard let identity = read(descriptor, .identity) else { return .unavailable }
        var (brotli, gzip): (Loaded?, Loaded?) = (nil, nil)
        if mayHaveSiblings(key, root) {
            brotli = sibling(key, ".br", root, .brotli, of: identity)
            gzip = sibling(key, ".gz", root, .gzip, of: identity)
        }
        stamps = SiblingStamps(identity: identity.stamp, brotli: brotli?.stamp, gzip: gzip?.stamp)

        // A date in the future is not to be sent (RFC 9110, 8.8.2.1).
        var facts = StaticFacts(lastModified: min(Int(identity.stamp.modified), time(nil)), identity: identity.facts)
        facts.brotli = brotli?.facts
        facts.gzip = gzip?.facts
        let mediaType = withFileExtension(key) { MediaType(fileExtension: $0) }.fieldValue
        func representation(_ loaded: Loaded, _ coding: StaticCoding) -> StaticFile.Representation {
            let fields = EntityFields(
                mediaType: mediaType, coding: coding, size: loaded.facts.size, entityTag: loaded.facts.entityTag,
                lastModified: facts.lastModified, varies: facts.varies, cacheControl: root.cacheControl)
            return StaticFile.Representation(fields: fields, content: loaded.content)
        }
        return .file(
            StaticFile(
                facts: facts, identity: representation(identity, .identity),
                brotli: brotli.map { representation($0, .brotli) }, gzip: gzip.map { representation($0, .gzip) }))
    }

    func mayHaveSiblings(_ key: [UInt8], _ root: StaticRoot) -> Bool {
        root.settings.precompressed && withFileExtension(key) { MediaType(fileExtension: $0) }.kind != .packed
    }

    /// Nil when there is no sibling that would be sent.
    func siblingStamp(
        _ key: [UInt8], _ suffix: StaticString, _ root: StaticRoot, of original: weir_file_facts
    ) -> FileStamp? {
        var facts = weir_file_facts()
        guard factsBeneath(root, siblingKey(key, suffix), &facts) == 0, facts.isRegular else { return nil }
        return isFresh(facts.modified, original.modified) ? FileStamp(facts) : nil
    }

    private func sibling(
        _ key: [UInt8], _ suffix: StaticString, _ root: StaticRoot, _ coding: StaticCoding, of original: Loaded
    ) -> Loaded? {
        let descriptor = open(root, siblingKey(key, suffix), O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0, let loaded = read(Descriptor(descriptor), coding) else { return nil }
        return isFresh(loaded.stamp.modified, original.stamp.modified) ? loaded : nil
    }

    /// An older sibling holds what the file used to say. Whole seconds, as not every compressor keeps the fraction of the
    /// date it copies.
    private func isFresh(_ sibling: Int64, _ original: Int64) -> Bool { sibling >= original }

    private func siblingKey(_ key: [UInt8], _ suffix: StaticString) -> [UInt8] {
        var sibling: [UInt8] = []
        sibling.reserveCapacity(key.count + suffix.utf8CodeUnitCount)
        sibling.append(contentsOf: key.dropLast())
        sibling.append(contentsOf: UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount))
        sibling.append(0)
        return sibling
    }

    /// Nil: not a regular file, or it could not be read.
    private func read(_ descriptor: consuming Descriptor, _ coding: StaticCoding) -> Loaded? {
        // A file that is being written may shrink between the look at its size and the reading. Then it is looked at again.
        for _ in 0..<3 {
            var facts = weir_file_facts()
            guard weir_facts(descriptor.value, &facts) == 0, facts.isRegular, facts.size >= 0 else { return nil }
            let size = Int(facts.size)
            let representation = StaticFacts.Representation(
                size: size, entityTag: entityTag(modified: Int(facts.modified), size: size, coding: coding))
            let stamp = FileStamp(facts)
            if size > min(limits.smallFile.count, limits.memory.count / 8) {
                let file = OpenFile(descriptor: descriptor.release())
                return Loaded(content: .file(file), facts: representation, stamp: stamp)
            }
            var buffer = allocator.buffer(capacity: size)
            if readFully(descriptor.value, 0..<size, into: &buffer) == size {
                return Loaded(content: .bytes(buffer), facts: representation, stamp: stamp)
            }
        }
        return nil
    }
}

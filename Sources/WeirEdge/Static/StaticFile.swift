import NIOCore
import WeirWire

/// A regular file as it was when it was loaded, ready to be sent: immutable, so an answer under way keeps its own view of it
/// whatever happens to the cache or the disk.
package final class StaticFile: Sendable {
    enum Content: Sendable {
        case bytes(ByteBuffer)
        case file(OpenFile)
    }

    /// One of the forms the file exists in.
    struct Representation: Sendable {
        var fields: EntityFields
        var content: Content
    }

    package let facts: StaticFacts
    private let identity: Representation
    private let brotli: Representation?
    private let gzip: Representation?

    init(facts: StaticFacts, identity: Representation, brotli: Representation?, gzip: Representation?) {
        self.facts = facts
        self.identity = identity
        self.brotli = brotli
        self.gzip = gzip
    }

    func representation(_ coding: StaticCoding) -> Representation {
        switch coding {
        case .identity: identity
        case .brotli: brotli ?? identity
        case .gzip: gzip ?? identity
        }
    }

    /// What the cache answers for with its limits.
    var weight: CacheWeight {
        var weight = CacheWeight()
        for representation in [identity, brotli, gzip].compactMap({ $0 }) {
            weight.bytes += representation.fields.bytes.capacity + representation.fields.mediaType.capacity
            switch representation.content {
            case .bytes(let buffer): weight.bytes += buffer.storageCapacity
            case .file: weight.descriptors += 1
            }
        }
        return weight
    }
}

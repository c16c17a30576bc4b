/// A worker's place in its pool: small, dense, and given to the next worker once its process is gone. Every table about
/// workers is an array indexed by it.
package struct WorkerID: Hashable, Comparable, Sendable {
    package var index: Int

    package init(_ index: Int) { self.index = index }

    package static func < (a: WorkerID, b: WorkerID) -> Bool { a.index < b.index }
}

/// A place in the queue. Places are reused, so it carries the generation it was handed out in: an id kept too long names
/// nobody, rather than the request that now stands there.
package struct TicketID: Hashable, Sendable {
    package var slot: UInt32
    package var generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

import WeirCore

/// What a path leads to.
enum EntryState {
    case file(StaticFile)
    /// Exists, and is the application's to run.
    case script
    case directory
    case missing
    case forbidden
    /// The system could not say: out of descriptors or memory, or the disk failed. Never remembered.
    case unavailable
}

/// A hash table of bounded size whose keys are looked up as bytes in place. Entries lie in one array, which is also the ring
/// that the eviction's hand goes round.
struct EntryTable {
    struct Entry {
        /// The path and a closing NUL, as system calls want it.
        var key: [UInt8]
        var root: Int
        var generation: Int
        var hash: Int
        var state: EntryState
        /// Of the file itself and its siblings; nil where there is none, or none that would be served.
        var stamps: SiblingStamps
        var weight: CacheWeight
        var validUntil: Instant
        /// Asked for again since the hand last came by.
        var isReferenced = false
        /// The next one of the same chain.
        fileprivate var next: Int32 = -1
        fileprivate(set) var isInUse = false

        init(
            key: [UInt8], root: StaticRoot, hash: Int, state: EntryState, stamps: SiblingStamps, weight: CacheWeight,
            validUntil: Instant
        ) {
            self.key = key
            self.root = root.id
            generation = root.generation
            self.hash = hash
            self.state = state
            self.stamps = stamps
            self.weight = weight
            self.validUntil = validUntil
        }
    }

    let capacity: Int
    private(set) var count = 0
    private var entries: ContiguousArray<Entry> = []
    private var free: [Int32] = []
    /// Heads of the chains of entries with equal hashes, by index.
    private var buckets: [Int32]
    private var hand = 0

    init(capacity: Int) {
        self.capacity = capacity
        var size = 16
        while size < capacity * 2 { size *= 2 }
        buckets = Array(repeating: -1, count: size)
    }

    /// Seeded per process: nobody outside can choose paths that collide.
    static func hash(_ path: UnsafeRawBufferPointer, root: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(root)
        hasher.combine(bytes: path)
        return hasher.finalize()
    }

    subscript(index: Int) -> Entry {
        _read { yield entries[index] }
        _modify { yield &entries[index] }
    }

    func find(_ path: UnsafeRawBufferPointer, root: Int, hash: Int) -> Int? {
        var index = Int(buckets[bucket(hash)])
        while index >= 0 {
            if entries[index].hash == hash, entries[index].root == root, matches(entries[index].key, path) {
                return index
            }
            index = Int(entries[index].next)
        }
        return nil
    }

    /// There is room: the caller has seen to it.
    mutating func insert(_ entry: Entry) {
        precondition(count < capacity, "the table is full")
        var entry = entry
        entry.isInUse = true
        let bucket = bucket(entry.hash)
        entry.next = buckets[bucket]
        if let index = free.popLast() {
            entries[Int(index)] = entry
            buckets[bucket] = index
        } else {
            buckets[bucket] = Int32(entries.count)
            entries.append(entry)
        }
        count += 1
    }

    mutating func remove(_ index: Int) {
        let bucket = bucket(entries[index].hash)
        if buckets[bucket] == index {
            buckets[bucket] = entries[index].next
        } else {
            var before = Int(buckets[bucket])
            while entries[before].next != index { before = Int(entries[before].next) }
            entries[before].next = entries[index].next
        }
        entries[index].isInUse = false
        entries[index].state = .missing
        entries[index].key = []
        free.append(Int32(index))
        count -= 1
    }

    /// The next entry that meets the condition and has not been asked for since the hand last came by. An entry is inserted
    /// as not asked for, so paths that come once go before those that come again.
    mutating func nextVictim(where condition: (Entry) -> Bool) -> Int? {
        // Twice round: the first may do no more than clear the marks.
        for _ in 0..<(entries.count * 2) {
            hand = hand + 1 < entries.count ? hand + 1 : 0
            guard entries[hand].isInUse, condition(entries[hand]) else { continue }
            if !entries[hand].isReferenced { return hand }
            entries[hand].isReferenced = false
        }
        return nil
    }

    private func bucket(_ hash: Int) -> Int { hash & (buckets.count - 1) }

    private func matches(_ key: [UInt8], _ path: UnsafeRawBufferPointer) -> Bool {
        guard key.count == path.count + 1 else { return false }
        return key.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0.dropLast()).elementsEqual(path) }
    }
}

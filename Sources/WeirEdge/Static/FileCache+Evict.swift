import WeirCore

/// Keeps the cache within its limits: the clock algorithm, so that a hit has to set no more than a mark.
extension FileCache {
    func insert(_ entry: EntryTable.Entry) {
        // What alone would exceed a limit is served, and not kept.
        guard entry.weight.bytes <= limits.memory.count, entry.weight.descriptors <= limits.descriptors else { return }
        while table.count >= table.capacity { guard evict(where: { _ in true }) else { return } }
        while statistics.bytes + entry.weight.bytes > limits.memory.count {
            guard evict(where: { $0.weight.bytes > 0 }) else { return }
        }
        while statistics.descriptors + entry.weight.descriptors > limits.descriptors {
            guard evict(where: { $0.weight.descriptors > 0 }) else { return }
        }
        table.insert(entry)
        statistics.entries += 1
        statistics.bytes += entry.weight.bytes
        statistics.descriptors += entry.weight.descriptors
    }

    /// False: there is nothing such to evict.
    func evict(where condition: (EntryTable.Entry) -> Bool) -> Bool {
        guard let victim = table.nextVictim(where: condition) else { return false }
        statistics.evictions += 1
        remove(victim)
        return true
    }

    func remove(_ index: Int) {
        statistics.entries -= 1
        statistics.bytes -= table[index].weight.bytes
        statistics.descriptors -= table[index].weight.descriptors
        table.remove(index)
    }
}

import WeirCore

/// What is going to happen, by time; what was planned first, first. A binary heap of times beside the events themselves.
struct EventQueue<Event> {
    private struct Entry {
        let at: UInt64
        let order: Int
        let slot: Int

        func comesBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    private var heap: [Entry] = []
    private var events: [Event?] = []
    private var free: [Int] = []
    private var planned = 0

    var next: Instant? { heap.isEmpty ? nil : Instant(nanoseconds: heap[0].at) }

    mutating func plan(_ event: Event, at: Instant) {
        planned += 1
        let slot = free.popLast() ?? events.count
        if slot == events.count { events.append(event) } else { events[slot] = event }
        let entry = Entry(at: at.nanoseconds, order: planned, slot: slot)
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent].comesBefore(entry) { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    mutating func takeNext() -> Event? {
        guard let slot = heap.first?.slot, let last = heap.popLast() else { return nil }
        var index = 0
        while !heap.isEmpty {
            var child = 2 * index + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1].comesBefore(heap[child]) { child += 1 }
            if last.comesBefore(heap[child]) { break }
            heap[index] = heap[child]
            index = child
        }
        if !heap.isEmpty { heap[index] = last }
        free.append(slot)
        defer { events[slot] = nil }
        return events[slot]
    }
}

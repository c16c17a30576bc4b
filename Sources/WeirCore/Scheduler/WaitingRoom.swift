/// Where requests wait: one slab of tickets, and doubly linked lists through it. Taking a place, leaving it from the middle
/// and moving to another list are O(1); memory is taken while the queue grows to its longest and never after.
struct WaitingRoom {
    struct Ticket {
        var generation: UInt32 = 0
        var lane: Int32 = 0
        /// The event loop the request is on.
        var loop: Int32 = 0
        /// The list it stands in; none: free, and `next` leads to the next free one.
        var list: Int32 = WaitingRoom.none
        var previous: Int32 = WaitingRoom.none
        var next: Int32 = WaitingRoom.none
        var arrived = Instant.zero
        var deadline = Instant.zero
    }

    private struct List {
        var head = WaitingRoom.none
        var tail = WaitingRoom.none
    }

    private static let none: Int32 = -1

    private var tickets: [Ticket] = []
    private var lists: [List]
    private var firstFree = WaitingRoom.none

    init(lists: Int, reserving capacity: Int) {
        self.lists = Array(repeating: List(), count: lists)
        tickets.reserveCapacity(capacity)
    }

    subscript(slot: Int) -> Ticket { tickets[slot] }

    /// The slot at the front of a list.
    func head(of list: Int) -> Int? {
        let head = lists[list].head
        return head == Self.none ? nil : Int(head)
    }

    /// The slot at the end of a list.
    func tail(of list: Int) -> Int? {
        let tail = lists[list].tail
        return tail == Self.none ? nil : Int(tail)
    }

    /// Takes a place in a list, in order of arrival: at the end, but for a request that has arrived before and comes again.
    mutating func enter(_ list: Int, lane: Int, loop: Int, arrived: Instant, deadline: Instant) -> TicketID {
        let slot: Int
        if firstFree == Self.none {
            slot = tickets.count
            tickets.append(Ticket())
        } else {
            slot = Int(firstFree)
            firstFree = tickets[slot].next
        }
        tickets[slot].lane = Int32(lane)
        tickets[slot].loop = Int32(loop)
        tickets[slot].arrived = arrived
        tickets[slot].deadline = deadline
        var previous = lists[list].tail
        while previous != Self.none, tickets[Int(previous)].arrived > arrived {
            previous = tickets[Int(previous)].previous
        }
        link(slot, to: list, after: previous)
        return TicketID(slot: UInt32(slot), generation: tickets[slot].generation)
    }

    mutating func move(_ slot: Int, to list: Int) {
        unlink(slot)
        link(slot, to: list, after: lists[list].tail)
    }

    mutating func remove(_ slot: Int) {
        unlink(slot)
        tickets[slot].generation &+= 1
        tickets[slot].list = Self.none
        tickets[slot].next = firstFree
        firstFree = Int32(slot)
    }

    /// The slot of a ticket; nil when it no longer waits.
    func find(_ id: TicketID) -> Int? {
        let slot = Int(id.slot)
        guard slot < tickets.count, tickets[slot].generation == id.generation, tickets[slot].list != Self.none else {
            return nil
        }
        return slot
    }

    private mutating func link(_ slot: Int, to list: Int, after previous: Int32) {
        let next = previous == Self.none ? lists[list].head : tickets[Int(previous)].next
        tickets[slot].list = Int32(list)
        tickets[slot].previous = previous
        tickets[slot].next = next
        if previous == Self.none { lists[list].head = Int32(slot) } else { tickets[Int(previous)].next = Int32(slot) }
        if next == Self.none { lists[list].tail = Int32(slot) } else { tickets[Int(next)].previous = Int32(slot) }
    }

    private mutating func unlink(_ slot: Int) {
        let list = Int(tickets[slot].list)
        let previous = tickets[slot].previous
        let next = tickets[slot].next
        if previous == Self.none { lists[list].head = next } else { tickets[Int(previous)].next = next }
        if next == Self.none { lists[list].tail = previous } else { tickets[Int(next)].previous = previous }
    }
}

/// Where something lies in a message head, counted from the head's first byte.
///
/// Offsets instead of slices: the buffer that holds the head may be moved or grown while the head is still arriving.
package struct ByteRange: Equatable, Sendable {
    package var start: UInt32
    package var count: UInt32

    package static let empty = ByteRange(start: 0, count: 0)

    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    /// Limits keep every head far below 4 GiB (see ``HeadLimits``), so the narrowing never loses a bit.
    init(_ lower: Int, _ upper: Int) {
        start = UInt32(truncatingIfNeeded: lower)
        count = UInt32(truncatingIfNeeded: upper &- lower)
    }

    package var isEmpty: Bool { count == 0 }
    package var lowerBound: Int { Int(start) }
    package var upperBound: Int { Int(start) + Int(count) }

    /// The bytes this range names. `head` must be the memory (or a copy of it) that was parsed.
    package func `in`(_ head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        precondition(upperBound <= head.count, "the range belongs to another buffer")
        guard let base = head.baseAddress else { return head }
        return UnsafeRawBufferPointer(start: base + Int(start), count: Int(count))
    }

    /// For logs, tests and slow paths: a request's way never builds a `String`.
    package func string(in head: UnsafeRawBufferPointer) -> String {
        String(decoding: self.in(head), as: UTF8.self)
    }
}

// What the fuzz targets share. Each target checks, besides not crashing, that its verdict does not depend on how the
// bytes arrive: two parsers that disagree about a split are how requests are smuggled.

/// The input, cut in two ways: whole, and in pieces whose sizes come from the input itself.
struct Arrivals {
    let bytes: UnsafeRawBufferPointer

    init(_ start: UnsafePointer<UInt8>, _ count: Int) { bytes = UnsafeRawBufferPointer(start: start, count: count) }

    /// The ends of the pieces. The seed is a hash of the input: libFuzzer's own mutations then vary the cuts, too.
    func cuts() -> [Int] {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var ends: [Int] = []
        var end = 0
        while end < bytes.count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            // Every eighth input goes byte by byte.
            end = min(bytes.count, end + (state & 0x700 == 0 ? 1 : 1 + Int(state % 23)))
            ends.append(end)
        }
        return ends
    }
}

/// A copy of exactly this size, for the sanitizer to guard its ends.
func withExactCopy<R>(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyMemory(from: bytes)
    return body(UnsafeRawBufferPointer(copy))
}

func require(_ condition: Bool, _ promise: StaticString) {
    precondition(condition, promise.description)
}

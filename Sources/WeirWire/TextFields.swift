/// Texts with a NUL behind each. What is no UTF-8 is replaced, and a text that goes on too long is cut.
struct TextFields {
    static let countMax = 256
    static let byteCountMax = 4_096

    private let bytes: UnsafeRawBufferPointer
    private var ranges: [Range<Int>] = []

    /// nil: the last one has no end, or they are too many.
    init?(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        var start = 0
        for index in bytes.indices where bytes[index] == 0 {
            guard ranges.count < Self.countMax else { return nil }
            ranges.append(start..<index)
            start = index + 1
        }
        guard start == bytes.count else { return nil }
    }

    var count: Int { ranges.count }

    /// nil: there are fewer.
    func text(_ index: Int) -> String? {
        guard ranges.indices.contains(index) else { return nil }
        let range = ranges[index]
        var end = range.upperBound
        if range.count > Self.byteCountMax {
            end = range.lowerBound + Self.byteCountMax
            // Not within a character.
            while end > range.lowerBound, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        }
        return String(decoding: bytes[range.lowerBound..<end], as: UTF8.self)
    }

    /// A name without a value at the end is left out.
    func pairs(from first: Int, max: Int) -> [TextPair] {
        var pairs: [TextPair] = []
        var index = first
        while pairs.count < max, let name = text(index), let value = text(index + 1) {
            pairs.append(TextPair(name, value))
            index += 2
        }
        return pairs
    }
}

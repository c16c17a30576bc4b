import Testing

@testable import WeirWire

/// RFC 9110, chapter 14.
@Suite struct StaticRangeTests {
    private func select(_ field: String, size: Int = 1_000) -> RangeSelection {
        Array(field.utf8).withUnsafeBytes { RangeSelection($0, size: size) }
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=0-499", 0..<500), ("bytes=500-999", 500..<1_000), ("bytes=500-", 500..<1_000),
        ("bytes=-1", 999..<1_000), ("bytes=-500", 500..<1_000), ("bytes=-5000", 0..<1_000), ("bytes=0-", 0..<1_000),
        ("bytes=999-5000", 999..<1_000), ("BYTES=0-1", 0..<2), ("bytes= 0-1 ", 0..<2), ("bytes=,0-1,", 0..<2),
        ("bytes=0-99999999999999999999999", 0..<1_000), ("bytes=-99999999999999999999999", 0..<1_000),
        // One satisfiable range among others is sent alone.
        ("bytes=5000-, 10-19", 10..<20),
        // Overlapping, touching, and nearly touching ranges become one.
        ("bytes=0-9,5-19", 0..<20), ("bytes=0-9,10-19", 0..<20), ("bytes=0-9,80-99", 0..<100),
        ("bytes=500-599,0-99,100-499", 0..<600), ("bytes=0-,0-,0-,0-", 0..<1_000),
    ])
    func oneRangeIsSentAlone(_ field: String, _ range: Range<Int>) {
        #expect(select(field) == .one(range))
    }

    @Test func severalRangesKeepTheOrderTheyWereAskedIn() {
        #expect(select("bytes=0-9,500-509") == .several([0..<10, 500..<510]))
        #expect(select("bytes=-10, 0-9") == .several([990..<1_000, 0..<10]))
        #expect(select("bytes=0-9,500-509,5-19") == .several([0..<20, 500..<510]))
    }

    @Test func rangesOnceMergedNeverOverlap() {
        var generator = SplitMix(state: 7)
        for _ in 0..<2_000 {
            let specifiers = (0..<Int.random(in: 2...16, using: &generator)).map { _ in
                let start = Int.random(in: 0..<1_000, using: &generator)
                return "\(start)-\(start + Int.random(in: 0..<50, using: &generator))"
            }
            guard case .several(let ranges) = select("bytes=" + specifiers.joined(separator: ",")) else { continue }
            let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
            for (left, right) in zip(sorted, sorted.dropFirst()) {
                #expect(left.upperBound + RangeSelection.gap < right.lowerBound, "\(specifiers)")
            }
        }
    }

    @Test(arguments: ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=5000-,6000-", "bytes=99999999999999999999-"])
    func aRangeBeyondTheEndIsUnsatisfiable(_ field: String) {
        #expect(select(field) == .unsatisfiable)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=1", "bytes=2-1", "bytes=0-1,2-1",
        "bytes=0-1;2-3",
        "bytes=0-1 2-3", "bytes =0-1", "lines=0-1", "bytes=--1", "bytes=0--1", "bytes=+0-1", "bytes=0x0-1",
        "bytes=0 -1",
        "bytes=0-1,x",
    ])
    func aMalformedRangeIsIgnored(_ field: String) {
        #expect(select(field) == .ignored)
    }

    @Test func tooManyRangesAreIgnored() {
        let sixteen = (0..<16).map { "\($0 * 1_000)-\($0 * 1_000)" }.joined(separator: ",")
        guard case .several(let ranges) = select("bytes=" + sixteen, size: 100_000) else {
            Issue.record("sixteen ranges are allowed")
            return
        }
        #expect(ranges.count == 16)
        #expect(select("bytes=" + sixteen + ",50000-50000", size: 100_000) == .ignored)
    }

    @Test func anEmptyFileIsSentWhole() {
        #expect(select("bytes=0-", size: 0) == .ignored)
        #expect(select("bytes=-5", size: 0) == .ignored)
    }
}

/// A seeded generator: a failure comes again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Random numbers that repeat: SplitMix64. Whatever is drawn by chance (request limits, backoff, a test's faults) comes
/// from a seed, so that a run can be run again.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. Not for secrets.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in 0..<1.
    package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number in 0..<bound.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// True once in `odds` draws, on average.
    package mutating func oneIn(_ odds: Int) -> Bool { below(odds) == 0 }
}

import Testing

@testable import WeirCore

@Suite struct DamperTests {
    @Test func growthGivesTheWorkedRow() {
        var damper = SizingDamper()
        #expect(damper.settle(wish: 8, isMemoryShort: false) == .first)
        #expect(sizes(&damper, [30, 30, 30, 30, 30, 30]) == [8, 8, 12, 18, 27, 30])
    }

    @Test func aWishThatDoesNotLastChangesNothing() {
        var damper = SizingDamper()
        _ = damper.settle(wish: 20, isMemoryShort: false)
        let wishes = (0..<100).map { $0 % 3 == 2 ? 20 : 40 } + (0..<100).map { $0 % 12 == 11 ? 20 : 5 }
        #expect(sizes(&damper, wishes).allSatisfy { $0 == 20 })
    }

    @Test func aWishWithinATenthChangesNothing() {
        var damper = SizingDamper()
        _ = damper.settle(wish: 40, isMemoryShort: false)
        #expect(sizes(&damper, (0..<100).map { [43, 37][$0 / 50] }).allSatisfy { $0 == 40 })
        #expect(sizes(&damper, Array(repeating: 44, count: 3)).last == 44)
    }

    @Test func shrinkingTakesAMinuteAndAQuarterAtMost() {
        var damper = SizingDamper()
        _ = damper.settle(wish: 40, isMemoryShort: false)
        let sizes = sizes(&damper, Array(repeating: 10, count: 36))
        #expect(sizes[10] == 40 && sizes[11] == 30 && sizes[23] == 23 && sizes[35] == 18)
    }

    @Test func shortMemoryShrinksAtOnceAndGrowthWaits() {
        var damper = SizingDamper()
        _ = damper.settle(wish: 40, isMemoryShort: false)
        #expect(damper.settle(wish: 12, isMemoryShort: true) == .shrankAtOnce(from: 40))
        let sizes = sizes(&damper, Array(repeating: 40, count: 13))
        #expect(sizes[10] == 12 && sizes[11] == 18)
    }

    @Test func aBoundThatWaversMovesThePoolEverMoreSeldom() {
        var damper = SizingDamper()
        _ = damper.settle(wish: 10, isMemoryShort: false)
        let sizes = sizes(&damper, (0..<2_000).map { $0 / 20 % 2 == 0 ? 14 : 10 })
        let changes = sizes.indices.dropFirst().filter { sizes[$0] != sizes[$0 - 1] }
        // A hundred without patience that doubles; a few after each hour in which all was forgotten are left.
        #expect(changes.count <= 9)
    }

    @Test func shortMemoryNeverGrowsAPool() {
        var damper = SizingDamper()
        _ = damper.settle(wish: 4, isMemoryShort: false)
        for _ in 0..<20 { #expect(damper.settle(wish: 40, isMemoryShort: true) == nil) }
    }

    @Test func asSmallAsOneItGrows() {
        var damper = SizingDamper()
        _ = damper.settle(wish: 1, isMemoryShort: false)
        #expect(sizes(&damper, Array(repeating: 3, count: 4)) == [1, 1, 2, 3])
    }

    private func sizes(_ damper: inout SizingDamper, _ wishes: [Int]) -> [Int] {
        wishes.map { wish in
            _ = damper.settle(wish: wish, isMemoryShort: false)
            return damper.size ?? 0
        }
    }
}

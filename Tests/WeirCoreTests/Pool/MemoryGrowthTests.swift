import Testing

@testable import WeirCore

@Suite struct MemoryGrowthTests {
    @Test func thePathsThatGrowWorkersMostComeFirst() {
        var growth = MemoryGrowth()
        for _ in 0..<3 { growth.add([1], .kibibytes(10)) }
        growth.add([2], .kibibytes(25))
        growth.add([1], .kibibytes(20))
        #expect(
            growth.most == [
                .init(path: [1], requests: 4, total: .kibibytes(50), largest: .kibibytes(20)),
                .init(path: [2], requests: 1, total: .kibibytes(25), largest: .kibibytes(25)),
            ])
    }

    @Test func itIsBoundedAndKeepsTheWorst() {
        var growth = MemoryGrowth()
        for round in 0..<5_000 {
            growth.add([UInt8(round >> 8), UInt8(round & 0xFF)], .kibibytes(1))
            if round % 10 == 0 { growth.add(Array("/leak".utf8), .kibibytes(4)) }
        }
        #expect(growth.most.count == MemoryGrowth.shownMax)
        #expect(growth.most.first?.path == Array("/leak".utf8))
        #expect(growth.most.first?.requests == 500)
    }
}

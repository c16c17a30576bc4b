import Testing

@testable import WeirCore

@Suite struct GenerationOverlapTests {
    @Test func theWorkedRowsHold() {
        var overlap = GenerationOverlap()
        #expect(overlap.maximum(wanted: 13, fitting: 15, older: 13) == 2)
        #expect(overlap.maximum(wanted: 13, fitting: 15, older: 8) == 7)
        #expect(overlap.maximum(wanted: 13, fitting: 15, older: 0) == nil)
        #expect(overlap.maximum(wanted: 13, fitting: 100, older: 13) == 13)
    }

    /// Also where more workers were configured than fit: a reload makes that no worse than by a tenth.
    @Test func bothGenerationsTogetherStayWithinWhatFitsOrATenthAboveWhatWasThere() {
        for fitting in 0...30 {
            for before in 1...30 {
                var overlap = GenerationOverlap()
                for older in (1...before).reversed() {
                    let newer = overlap.maximum(wanted: 40, fitting: fitting, older: older) ?? 40
                    #expect(newer >= 1)
                    #expect(newer + older <= max(fitting, before + MemoryBound.overlap(of: before)))
                }
                #expect(overlap.maximum(wanted: 40, fitting: fitting, older: 0) == nil)
            }
        }
    }
}

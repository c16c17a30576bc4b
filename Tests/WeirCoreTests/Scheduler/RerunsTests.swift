import Testing
import WeirCore

@Suite("Requests that lost their worker")
struct RerunsTests {
    /// How many reruns are granted of five hundred asked for.
    private func granted(_ losses: [RequestLoss], isRepeatable: Bool) -> Int {
        var reruns = Reruns()
        return (0..<500).filter { reruns.isGrantedOne(after: losses[$0 % losses.count], isRepeatable: isRepeatable) }
            .count
    }

    @Test func whatAScriptMayHaveSeenRunsOnceMoreIfItMayBeRepeated() {
        #expect(granted([.unanswered], isRepeatable: true) == 1)
        #expect(granted([.unanswered], isRepeatable: false) == 0)
    }

    @Test(arguments: [false, true])
    func whatNobodySawRunsAgainButNotForEver(isRepeatable: Bool) {
        #expect(granted([.unsent], isRepeatable: isRepeatable) == Reruns.mostUnsent)
        #expect(granted([.leaving], isRepeatable: isRepeatable) == Reruns.mostLeaving)
        #expect(granted([.notConnected], isRepeatable: isRepeatable) == 1)
    }

    @Test(arguments: [false, true])
    func aBegunAnswerIsNeverRepeated(isRepeatable: Bool) {
        #expect(granted([.answering], isRepeatable: isRepeatable) == 0)
    }

    @Test func atMostTwoRunsWhateverHappensBetweenThem() {
        for isRepeatable in [false, true] {
            let most = 1 + Reruns.mostUnsent + Reruns.mostLeaving + 1
            #expect(granted(RequestLoss.allCases, isRepeatable: isRepeatable) == most)
        }
    }
}

import Testing
import WeirWire

@Suite("What the guest in Node.js says")
struct NodeReportTests {
    @Test("lines of it are read")
    func lines() {
        #expect(NodeReport("listening") == .listening)
        #expect(
            NodeReport("loop\t1200\t8000\t250\t10\t20\t30\t4")
                == .loop(
                    .init(
                        delayP99: 1_200, delayMax: 8_000, utilisation: 0.25, heapUsed: 10, heapTotal: 20, external: 30,
                        handles: 4)))
        #expect(NodeReport("blocked\t50") == .blocked(milliseconds: 50))
        #expect(
            NodeReport("stack\t700\tf (a.js:1:2)\tg (b.js:3:4)")
                == .stack(milliseconds: 700, frames: ["f (a.js:1:2)", "g (b.js:3:4)"]))
        #expect(NodeReport("exception\tError: a\tb") == .exception("Error: a b"))
        #expect(NodeReport("port\t9229") == .port(9_229))
    }

    @Test(
        "anything else is nothing",
        arguments: [
            "", "listen", "loop", "loop\t1\t2\t3", "loop\ta\tb\tc\td\te\tf\tg", "blocked", "blocked\t-1", "port\t0",
            "port\t70000", "stack\tx", "{\"a\":1}",
        ])
    func nonsense(line: String) { #expect(NodeReport(line) == nil) }

    @Test("a deep stack is cut")
    func deep() {
        let frames = (0..<400).map { "f\($0)" }.joined(separator: "\t")
        guard case .stack(_, let kept)? = NodeReport("stack\t1\t" + frames) else { return #expect(Bool(false)) }
        #expect(kept.count == NodeReport.framesMax)
    }
}

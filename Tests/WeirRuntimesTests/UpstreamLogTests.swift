import Testing
import WeirTestSupport

@testable import WeirRuntimes

/// An application that fails with every request does not write a line for each.
@Suite struct UpstreamLogTests {
    /// Has so many requests answered by what is no answer.
    private func fail(_ count: Int, at weir: ProxiedServer) throws {
        for _ in 0..<count {
            let client = try weir.client()
            try client.send(RawRequest.get("/p", ["Connection: close"]))
            let upstream = try weir.server.accept()
            _ = try upstream.readHead()
            try upstream.send("nonsense\r\n\r\n")
            #expect(try client.readAnswer().status == 502)
        }
    }

    @Test("the first lines of a second are written, of the rest how many they were")
    func flood() throws {
        let weir = try ProxiedServer()
        let count = 100
        try fail(count, at: weir)
        func suppressed() -> Int {
            weir.log.lines(of: "upstream.suppressed").reduce(0) { sum, line in
                let lines = line.split(separator: " ").first { $0.hasPrefix("lines=") }
                return sum + (lines.flatMap { Int($0.dropFirst("lines=".count)) } ?? 0)
            }
        }
        eventually("none is forgotten") { weir.log.lines(of: "upstream.malformed").count + suppressed() == count }
        #expect(suppressed() > 0)
        #expect(weir.log.has("upstream.suppressed", "event=upstream.malformed"))
        let written = weir.log.lines(of: "upstream.malformed").count
        #expect(written >= 10)
        #expect(weir.log.lines(of: "upstream.malformed").allSatisfy { $0.contains("path=/p") })
        #expect(weir.outcomes.list.count { $0 == "failed" } == count)
        // The second is over.
        try fail(1, at: weir)
        #expect(weir.log.lines(of: "upstream.malformed").count == written + 1)
    }

    @Test("one event's lines do not cost another one's")
    func apart() throws {
        let weir = try ProxiedServer()
        try fail(30, at: weir)
        let client = try weir.client()
        try client.send(RawRequest.get("/p"))
        try weir.server.accept().close()
        #expect(try client.readAnswer().status == 502)
        #expect(weir.log.lines(of: "upstream.closed_early").count == 1)
    }
}

import Testing
import WeirTestSupport

extension Programs {
    @Suite("Servers that somebody else runs")
    struct ExternalAddressTests {
        private func named(_ name: String) throws -> RawUpstream { try .answering { _ in Answers.ok(name) } }

        @Test("several addresses share the requests")
        func several() throws {
            let upstreams = try ["a", "b", "c"].map(named)
            let server = try ProgramServer(.external(upstreams[0].port, upstreams[1].port, upstreams[2].port))
            let answers = try (0..<30).map { _ in try server.get("/").text }
            #expect(Set(answers) == ["a", "b", "c"])
        }

        @Test("one that is down costs no request")
        func down() throws {
            let (up, down) = (try named("up"), try named("down"))
            let server = try ProgramServer(.external(up.port, down.port))
            down.stop()
            for _ in 0..<20 { #expect(try server.get("/").text == "up") }
        }

        @Test("none that is up is 502 or 503, at once")
        func allDown() throws {
            let upstream = try named("gone")
            let server = try ProgramServer(.external(upstream.port))
            upstream.stop()
            let began = Clock.now
            #expect([502, 503].contains(try server.get("/").status))
            #expect(Clock.now - began < 2)
            _ = try server.logLine("upstream.not_connected", "127.0.0.1:\(upstream.port)")
        }
    }
}

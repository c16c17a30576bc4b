import Testing
import WeirTestSupport

extension Programs {
    @Suite("worker_threads", .node)
    struct ThreadsTests {
        private let server: ProgramServer

        init() throws { server = try ProgramServer(.node("node-threads")) }

        @Test("threads have no part in the process's socket, and their results come through")
        func primes() throws {
            let clients = try (0..<6).map { _ in try server.begin("/primes?below=1000000") }
            #expect(try server.get("/").status == 200)
            for client in clients { #expect(try client.readAnswer().object()["count"] as? Int == 78_498) }
        }

        @Test("a thread that dies costs its own request only")
        func death() throws {
            #expect(try server.get("/fail").status == 500)
            #expect(try server.get("/primes?below=1000").object()["count"] as? Int == 168)
            #expect(try server.app().pool?.died == 0)
        }
    }
}

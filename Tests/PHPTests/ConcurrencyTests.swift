import Testing
import WeirTestSupport

extension PHPApplications {
    /// With far more workers than cores, and more clients than workers.
    @Suite("Concurrency")
    struct ConcurrencyTests {
        private static let pool = "{manager: static, max_workers: 16}"

        @Test func aPageThatComputesRunsAFewAtOnce() throws {
            let server = try PHPServer(pool: Self.pool, top: "resources: {cpu: 2}")
            try server.waitUntilIdle(16)
            let load = Load(port: server.weir.port, clients: 24, paths: ["/burn.php?ms=20"])
            try eventually(within: 25, "a limit of a few") {
                (3...8).contains(try server.app().concurrencyLimit ?? 16)
            }
            // It stays there. Where the machine has other work, Weir waits for a core too, and workers for Weir: that
            // makes it a few more.
            _ = holds(within: 3) { false }
            #expect((3...10).contains(try server.app().concurrencyLimit ?? 16))
            #expect(try server.get("/status").text.contains("\"concurrency_limit\""))
            let outcomes = load.stop()
            #expect(outcomes.failed == 0, "\(outcomes)")
        }

        @Test func aPageThatWaitsRunsOnAllWorkers() throws {
            let server = try PHPServer(pool: Self.pool, top: "resources: {cpu: 2}")
            try server.waitUntilIdle(16)
            let load = Load(port: server.weir.port, clients: 24, paths: ["/sleep.php?ms=50"])
            // A first trial with fewer is over by then.
            _ = holds(within: 8) { false }
            let limits = try (0..<20).map { _ in
                _ = holds(within: 0.1) { false }
                return try server.app().concurrencyLimit
            }
            #expect(limits.count { $0 == nil } >= 15, "\(limits)")
            let outcomes = load.stop()
            #expect(outcomes.failed == 0, "\(outcomes)")
            #expect(outcomes.statuses[200] ?? 0 > 8 * 16 * 1000 / 50 / 2)
        }

        @Test func itCanBeSwitchedOff() throws {
            let server = try PHPServer(
                pool: "{manager: static, max_workers: 16, adaptive_concurrency: false}", top: "resources: {cpu: 2}")
            try server.waitUntilIdle(16)
            let load = Load(port: server.weir.port, clients: 24, paths: ["/burn.php?ms=20"])
            _ = holds(within: 7) { false }
            #expect(try server.app().concurrencyLimit == nil)
            _ = load.stop()
        }
    }
}

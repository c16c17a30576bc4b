import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Readiness of pools that start workers on demand")
    struct ReadinessTests {
        private static let pool = "{manager: ondemand, max_workers: 2, process_idle_timeout: 300ms}"

        @Test func aPoolWithoutWorkersIsReady() throws {
            let server = try PHPServer(pool: Self.pool)
            try eventually("ready") { try server.get("/ready").status == 200 }
            #expect(try server.pool().workers.isEmpty)
            #expect(try server.get("/count.php").status == 200)
            try eventually("its worker has left") { try server.pool().workers.isEmpty }
            #expect(try server.get("/ready").status == 200)
            server.stop()
        }

        @Test func aForkServerThatDoesNotStartIsNotReady() throws {
            let directory = try TemporaryDirectory()
            let server = try PHPServer(
                pool: Self.pool, app: "php: {admin: {opcache.preload: \(directory("preload.php"))}}", ini: nil)
            _ = try server.logLine("pool.fork_server_failed")
            let ready = try server.get("/ready")
            #expect(ready.status == 503 && ready.text == "app: no worker\n")
            #expect(try server.get("/health").status == 200)
            let answer = try server.get("/count.php")
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
            try directory.write("preload.php", "<?php")
            try eventually(within: 15, "recovery") { try server.get("/ready").status == 200 }
            #expect(try server.get("/count.php").status == 200)
            server.stop()
        }
    }
}

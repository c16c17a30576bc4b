import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Pools that do not start")
    struct PoolFailureTests {
        /// One app that works, and one that preloads a file which is not there.
        private func servers(_ directory: TemporaryDirectory) throws -> WeirProcess {
            try WeirProcess(
                try TemporaryDirectory(),
                """
                health: {status: /status}
                apps:
                  good: {runtime: php, root: \(PHPServer.site), entry: index.php}
                  bad:
                    runtime: php
                    root: \(PHPServer.site)
                    entry: index.php
                    php: {admin: {opcache.preload: \(directory("preload.php"))}}
                routes: [{path: /bad/*, app: bad}]
                """)
        }

        @Test func saysWhyAnswers503AndLeavesTheOthersAlone() throws {
            let weir = try servers(try TemporaryDirectory())
            eventually("the reason is logged") { weir.standardError.contains("pool.fork_server_failed") }
            let line = weir.standardError.split(separator: "\n").first { $0.contains("pool.fork_server_failed") }
            #expect(line?.contains("Failed opening required") == true)
            #expect(line?.contains("app=bad") == true)
            #expect(line?.contains("retry_in=") == true)
            _ = try weir.get("/bad/")
            let start = Clock.now
            let answer = try weir.get("/bad/")
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
            #expect(Clock.now - start < 0.5)
            try eventually { try weir.get("/ready").text == "bad: no worker\n" }
            #expect(try weir.get("/ready").status == 503)
            #expect(try weir.get("/health").status == 200)
            #expect(try weir.get("/count.php").status == 200)
            let apps = try #require(try weir.get("/status").object()["apps"] as? [[String: Any]])
            let pool = try #require(apps.first { $0["name"] as? String == "bad" }?["pool"] as? [String: Any])
            #expect((pool["last_failure"] as? String)?.contains("Failed opening required") == true)
            #expect(weir.stop() == 0)
        }

        @Test func isTriedAgainLessAndLessOftenAndRecovers() throws {
            let directory = try TemporaryDirectory()
            let weir = try servers(directory)
            eventually("several attempts") { Self.attempts(weir) >= 5 }
            let attempts = Self.attempts(weir)
            // The fifth failure is followed by a pause of 0.8 s at least.
            _ = holds(within: 0.5) { false }
            #expect(Self.attempts(weir) <= attempts + 1)
            try directory.write("preload.php", "<?php class Preloaded {}")
            try eventually(within: 15, "recovery") { try weir.get("/bad/").status == 200 }
            #expect(try weir.get("/ready").status == 200)
        }

        private static func attempts(_ weir: WeirProcess) -> Int {
            weir.standardError.split(separator: "\n").count { $0.contains("pool.fork_server_failed") }
        }

        @Test func aMissingGuestIsSaidAndWaitedFor() throws {
            let directory = try TemporaryDirectory()
            var options = WeirProcess.Options()
            options.environment = ["WEIR_PHP_GUEST": directory("weir-php")]
            let server = try PHPServer(options: options)
            let line = try server.logLine("pool.fork_server_failed")
            #expect(line.contains("\(directory("weir-php")): No such file or directory"))
            #expect(try server.get("/health").status == 200)
            try eventually { try server.get("/ready").status == 503 }
            #expect(try server.get("/count.php").status == 503)
            let real = Package.path(".build/guests/weir-php")
            try FileManager.default.createSymbolicLink(atPath: directory("weir-php"), withDestinationPath: real)
            try eventually(within: 15, "recovery") { try server.get("/count.php").status == 200 }
            server.stop()
        }
    }
}

import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("PHP's settings")
    struct SettingsTests {
        private func settings(_ server: PHPServer, _ keys: String, to value: String = "1") throws -> [String: Any] {
            try server.get("/settings.php?keys=\(keys)&to=\(value)").object()
        }

        private func setting(_ report: [String: Any], _ key: String) throws -> (value: String?, changed: Bool) {
            let all = try #require(report["settings"] as? [String: [String: Any]])
            let one = try #require(all[key])
            return (one["value"] as? String, one["changed"] as? Bool ?? false)
        }

        @Test func iniMayBeChangedByScriptsAndAdminMayNot() throws {
            let server = try PHPServer(ini: "memory_limit: 99M}, admin: {precision: \"9\"")
            let report = try settings(server, "memory_limit,precision", to: "17")
            #expect(try setting(report, "memory_limit").value == "99M")
            #expect(try setting(report, "precision").value == "9")
            #expect(try !setting(report, "precision").changed)
            #expect(try setting(try settings(server, "memory_limit", to: "77M"), "memory_limit").changed)
            // And the next request begins anew.
            #expect(try setting(try settings(server, "memory_limit"), "memory_limit").value == "99M")
        }

        @Test func scriptsRunAsTheUserInTheirOwnDirectory() throws {
            let report = try settings(try PHPServer(), "memory_limit")
            #expect(report["cwd"] as? String == PHPServer.site)
            #expect(report["sapi"] as? String == "fpm-fcgi")
            #expect(report["uid"] as? Int != 0)
        }

        @Test func autoPrependFileRunsFirst() throws {
            let site = try TemporaryDirectory()
            let file = try site.write("prepend.php", "<?php define('PREPENDED', true);")
            let report = try settings(try PHPServer(ini: "auto_prepend_file: \(file)"), "memory_limit")
            #expect(report["prepended"] as? Bool == true)
        }

        @Test func opcacheIsSharedByAllWorkers() throws {
            let server = try PHPServer(workers: 3)
            try server.waitUntilIdle(3)
            _ = try settings(server, "memory_limit")
            var hits: [Int: Int] = [:]
            for _ in 0..<20 {
                let other = try server.begin("/sleep.php?ms=20")
                let report = try settings(server, "memory_limit")
                let cache = try #require(report["opcache"] as? [String: Any])
                let statistics = try #require(cache["opcache_statistics"] as? [String: Any])
                hits[try #require(report["pid"] as? Int)] = statistics["hits"] as? Int
                // This script and the other: each compiled once, whoever ran it.
                #expect(statistics["num_cached_scripts"] as? Int ?? 99 <= 3)
                _ = try other.readAnswer()
            }
            #expect(hits.count > 1)
        }

        @Test func preloadedClassesAreThere() throws {
            let site = try TemporaryDirectory()
            let file = try site.write("preload.php", "<?php class Preloaded {}")
            let server = try PHPServer(ini: "precision: 14}, admin: {opcache.preload: \(file)")
            #expect(try settings(server, "memory_limit")["preloaded"] as? Bool == true)
        }
    }
}

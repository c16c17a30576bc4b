import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Sizing")
    struct SizingTests {
        /// What `/status` says of the numbers that the server found itself.
        private static func number(_ server: PHPServer, _ name: String) throws -> [String: Any] {
            let page = try JSONSerialization.jsonObject(with: Data(server.get("/status").body)) as? [String: Any]
            let numbers = try #require(page?["automatic"] as? [[String: Any]])
            return try #require(numbers.first { $0["name"] as? String == name }, "no \(name) in \(numbers)")
        }

        private static func value(_ server: PHPServer, _ name: String) throws -> Double {
            let text = try #require(try number(server, name)["value"] as? String)
            return try #require(Double(text.prefix { $0 != " " }))
        }

        @Test func whatMemoryAllowsIsTheMostThereIs() throws {
            let server = try PHPServer(pool: "{manager: static}", top: "resources: {memory: 400MiB, cpu: 64}")
            let most = try Self.number(server, "apps.app.pool.max_workers")
            // (400 - 40 - server - 2 x 64) / 64 = 3 workers, one of them for reloads.
            #expect(most["value"] as? String == "2")
            #expect((most["arithmetic"] as? [String])?.first?.contains("400 MiB limit - 40 MiB reserve") ?? false)
            try server.waitUntilIdle(2)
            server.stop()
        }

        @Test func whatRequestsWaitForIsMeasured() throws {
            let server = try PHPServer(pool: "{manager: static}", top: "resources: {cpu: 1}")
            #expect(try Self.value(server, "apps.app.wait_per_cpu") == 4)
            let load = Load(port: server.weir.port, clients: 4, paths: ["/sleep.php?ms=50"])
            try eventually(within: 30, "it is found that they mostly wait") {
                try Self.value(server, "apps.app.wait_per_cpu") > 8
            }
            try eventually(within: 30, "workers are added, as the reason says") {
                try (Self.number(server, "apps.app.pool.max_workers")["why"] as? String)?.hasPrefix("grew from")
                    ?? false
            }
            #expect(load.stop().failed == 0)
            #expect(try server.logLine("pool.resized", "app=app").contains("max_workers="))
            #expect(try Self.number(server, "apps.app.worker_memory")["value"] as? String != "64 MiB")
            server.stop()
        }

        /// Three fit, two of them are used: the new generation gets one, and the other when an old one has left.
        @Test func twoGenerationsShareTheMemory() throws {
            let server = try PHPServer(
                pool: "{manager: static}", top: "resources: {memory: 400MiB, cpu: 64}\ntimeouts: {graceful: 20s}")
            try server.waitUntilIdle(2)
            let forkServer = try #require(WeirProcess.descendants(of: server.weir.pid).first)
            let slow = try server.begin("/sleep.php?ms=2500")
            try eventually { try server.app().active == 1 }
            let load = Load(port: server.weir.port, clients: 2, paths: ["/sleep.php?ms=5"])
            server.weir.signal(SIGHUP)
            var most = 0
            eventually(within: 20, "the old generation is gone") {
                let processes = WeirProcess.descendants(of: server.weir.pid)
                // Less the fork servers, of which the old one leaves last.
                most = max(most, processes.count - (processes.contains(forkServer) ? 2 : 1))
                return !processes.contains(forkServer) && processes.count == 3
            }
            #expect(load.stop().failed == 0)
            #expect(try slow.readAnswer().status == 200)
            // One more may be forked before its predecessor has left.
            #expect(most >= 3 && most <= 4)
            server.stop()
        }

        /// Or requests would pile up before the queue while the event loops wait for their turn among busy workers.
        @Test func workersComeAfterTheEventLoopsWhenProcessorTimeIsShort() throws {
            let server = try PHPServer(workers: 2)
            try server.waitUntilIdle(2)
            let pid = server.weir.pid
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
            let loops = try threads.filter { thread in
                try String(contentsOfFile: "/proc/\(pid)/task/\(thread)/comm", encoding: .utf8).hasPrefix("NIO-ELT")
            }
            let loop = try #require(loops.first.flatMap { id_t($0) })
            let processes = WeirProcess.descendants(of: pid)
            #expect(processes.count == 3)
            for process in processes {
                #expect(Self.niceness(id_t(process)) == min(19, Self.niceness(loop) + 5))
            }
            server.stop()
        }

        private static func niceness(_ id: id_t) -> Int32 {
            getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id)
        }

        @Test func aNumberThatDoesNotFitIsObeyedAndWarnedOf() throws {
            let server = try PHPServer(workers: 12, top: "resources: {memory: 256MiB, cpu: 0.5}")
            try server.waitUntilIdle(12)
            let line = try server.logLine("sizing.does_not_fit", "workers_exceed_memory")
            #expect(line.contains("max_workers 12 x"))
            _ = try server.logLine("sizing.does_not_fit", "little_cpu_for_workers")
            #expect(try Self.number(server, "apps.app.pool.max_workers")["value"] as? String == "12")
            server.stop()
        }
    }
}

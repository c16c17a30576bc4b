import Foundation
import Testing
import WeirTestSupport

extension Programs {
    @Suite("The numbers of programs")
    struct ExplainTests {
        /// The number's own lines: its value first.
        private static func number(_ name: String, in text: String) throws -> [String] {
            let blocks = text.components(separatedBy: "\n\n")
            let block = try #require(blocks.first { $0.hasPrefix(name + " = ") }, "\(name) in:\n\(text)")
            return block.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }

        /// What the process was started with, a word or variable each.
        private static func words(_ file: String, of pid: Int32) throws -> Set<String> {
            let data = try #require(FileManager.default.contents(atPath: "/proc/\(pid)/\(file)"))
            return Set(data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        }

        @Test("weir explain says of each number of a program what it is, and who says it", .node, .go)
        func explained() throws {
            let server = try ProgramServer(
                .node("node-raw", processes: 2, "node: {threadpool: 9}\npool: {max_workers: 2, concurrency: 30}"),
                .go(name: "go", environment: ["GOMAXPROCS": "3"], "weight: 3"),
                .external(9, name: "elsewhere"),
                top: "routes: [{path: /go, app: go}, {path: /elsewhere, app: elsewhere}]\n"
                    + "resources: {memory: 1GiB, cpu: 3, reserve: 20%}")
            let command = try Command([WeirProcess.binary(), "explain", "--admin", server.admin])
            #expect(try command.finish(within: 20) == 0)
            let text = command.output
            func number(_ name: String) throws -> [String] { try Self.number(name, in: text) }

            let node = try #require(try server.pids(0).first)
            let processes = try number("apps.app.pool.max_workers")
            #expect(processes[0].hasSuffix("= 2"))
            #expect(processes.contains("apps.app.pool.max_workers says it; found would be 1"))
            let places = try number("apps.app.pool.concurrency")
            #expect(places[0].hasSuffix("= 30") && places.contains("processes 2, places 60"))
            #expect(places.last == "pool.concurrency says it")
            let memory = try number("apps.app.memory_budget").joined(separator: " ")
            #expect(memory.contains("share 25 %, limit 1024 MiB, reserve 204.8 MiB, server "))
            let threads = try number("apps.app.node.threadpool")
            #expect(threads[0].hasSuffix("= 9"))
            #expect(threads.contains("apps.app.node.threadpool says it; found would be 6"))
            #expect(try Self.words("environ", of: node).contains("UV_THREADPOOL_SIZE=9"))
            let oldSpace = try number("apps.app.node.max_old_space")
            #expect(oldSpace.last == "told to each process: --max-old-space-size")
            let mebibytes = try #require(oldSpace[0].split(separator: " ").dropFirst(2).first)
            #expect(try Self.words("cmdline", of: node).contains("--max-old-space-size=\(mebibytes)"))

            let go = try #require(try server.pids(1).first)
            #expect(try number("apps.go.pool.max_workers")[0].hasSuffix("= 1"))
            #expect(try number("apps.go.pool.concurrency").contains("processes 1, places 250"))
            let procs = try number("apps.go.environment.GOMAXPROCS")
            #expect(procs[0].hasSuffix("= 3"))
            #expect(procs.last == "GOMAXPROCS in apps.go.environment says it; found would be 3")
            let limit = try number("apps.go.environment.GOMEMLIMIT")
            let told = try #require(limit[0].split(separator: " ").last)
            #expect(try Self.words("environ", of: go).isSuperset(of: ["GOMAXPROCS=3", "GOMEMLIMIT=\(told)"]))

            #expect(try number("apps.elsewhere.pool.concurrency").contains("addresses 1, places 250"))
            // 64 idle connections to each of four processes and addresses, on each of three loops.
            #expect(try number("open_files").joined().contains("idle upstream connections 768"))
            // What PHP's workers are sized by says nothing here.
            #expect(!text.contains("wait_per_cpu"))
        }
    }
}

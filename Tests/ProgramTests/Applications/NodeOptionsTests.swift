import Testing
import WeirTestSupport

extension Programs {
    @Suite("What Node.js is told", .express)
    struct NodeOptionsTests {
        private let files: TemporaryDirectory

        init() throws {
            files = try TemporaryDirectory()
            let source = """
                const {getHeapStatistics} = require('v8');
                const told = () => process.execArgv.filter((one) => /semi|old/.test(one)).join(' ');
                require('http').createServer((request, response) =>
                    response.end(`${told()} ${getHeapStatistics().heap_size_limit >> 20}`)).listen(3000);
                """
            try files.write("server.js", source)
        }

        private func told(_ lines: String...) throws -> [Substring] {
            let app = ["runtime: node", "root: \(files.path)", "entry: server.js", "pool: {max_workers: 1}"]
            return try ProgramServer(ProgramApp(lines: app + lines)).get("/").text.split(separator: " ")
        }

        @Test("its heap is its old space and three semi-spaces of its share")
        func heap() throws {
            let told = try told("node: {max_old_space: 100MiB}")
            #expect(told.first == "--max-old-space-size=100")
            let semiSpace = try #require(Int(told[1].trimmingPrefix("--max-semi-space-size=")))
            #expect(told.last == "\(100 + 3 * semiSpace)")
        }

        @Test("what the application says of its semi-spaces counts", arguments: ["-", "_"])
        func ownSemiSpace(separator: String) throws {
            let option = "--max-semi-space-size=2".replacing("-", with: separator).replacing("__", with: "--")
            let told = try told("node: {max_old_space: 100MiB, arguments: [\(option)]}")
            #expect(told == ["--max-old-space-size=100", "\(option)", "106"])
        }
    }
}

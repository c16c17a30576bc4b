import Foundation
import Testing

@testable import WeirConfig

@Suite struct ReferenceTests {
    /// `weir config docs` prints what belongs there.
    @Test func theDocumentationHasTheTableOfKeys() throws {
        let url = Golden.directory.appendingPathComponent("../../../docs/configuration.md").standardizedFileURL
        let text = try String(contentsOf: url, encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- keys -->\n")
        try #require(parts.count == 3)
        let table = "\n" + Reference.markdown() + "\n"
        if ProcessInfo.processInfo.environment["WEIR_GOLDEN"] == "update" {
            let updated = [parts[0], table, parts[2]].joined(separator: "<!-- keys -->\n")
            try updated.write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(parts[1] == table)
        }
    }

    @Test func theExamplesOfTheDocumentationLoad() throws {
        let url = Golden.directory.appendingPathComponent("../../../docs/configuration.md").standardizedFileURL
        let text = try String(contentsOf: url, encoding: .utf8)
        let blocks = text.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        try #require(!blocks.isEmpty)
        for block in blocks {
            let sources = ConfigurationSources(file: ("weir.yaml", block), directory: "/srv/app")
            #expect(throws: Never.self) { try Configuration.load(sources) }
        }
    }
}

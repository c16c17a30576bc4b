import Foundation
import Testing

/// A file with the text a user reads. `WEIR_GOLDEN=update swift test` writes it anew.
enum TextGolden {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

    static func check(_ actual: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = directory.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["WEIR_GOLDEN"] == "update" {
            try actual.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try actual == String(contentsOf: file, encoding: .utf8), sourceLocation: sourceLocation)
    }
}

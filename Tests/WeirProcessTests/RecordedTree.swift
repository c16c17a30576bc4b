import Foundation
import WeirTestSupport

/// The files of `/proc` and `/sys` as some container shows them, from `Fixtures/NAME.txt`: `== path`, then the text.
struct RecordedTree {
    private let directory: TemporaryDirectory

    init(_ name: String) throws {
        directory = try TemporaryDirectory()
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(name).txt")
        for part in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "== ").dropFirst() {
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            try write(String(lines[0]), String(lines[1]))
        }
    }

    /// What stands before `/proc` and `/sys`.
    var root: String { directory.path }

    func write(_ path: String, _ text: String) throws { try directory.write(path, text) }
}

import Foundation
import Testing

struct ServeCommandTests {
    /// Started by root, no thread keeps it: one that did could be made to run anything by whoever takes over another.
    @Test(.enabled(if: geteuid() == 0)) func everyThreadGivesUpRoot() async throws {
        let process = Command.prepare(["serve", "files", "--listen", "127.0.0.1:0", "--user", "nobody"])
        let error = Pipe()
        process.standardError = error
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer { process.terminate() }
        var text = ""
        while !text.contains("listening on http"), case let piece = error.fileHandleForReading.availableData,
            !piece.isEmpty
        {
            text += String(decoding: piece, as: UTF8.self)
        }
        try #require(text.contains("listening on http"), "\(text)")

        let nobody = try #require(getpwnam("nobody")).pointee.pw_uid
        let tasks = "/proc/\(process.processIdentifier)/task"
        for task in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            let status = try String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8)
            let uids = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }
            #expect(uids?.split(separator: "\t").dropFirst().allSatisfy { $0 == "\(nobody)" } == true, "\(status)")
        }
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

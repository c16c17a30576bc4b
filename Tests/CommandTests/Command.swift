import Foundation

/// `weir` as a user runs it: arguments in, exit code and two streams of text out.
struct Command {
    let exitCode: Int32
    let output: String
    let error: String

    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    static let program: URL = {
        if let named = ProcessInfo.processInfo.environment["WEIR_BINARY"] { return URL(fileURLWithPath: named) }
        let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let candidates = ["release", "debug"].map { package.appendingPathComponent(".build/\($0)/weir") }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[1]
    }()

    /// Runs it to its end, among the fixtures and with nothing of this environment but what is given.
    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Command {
        let process = prepare(arguments, environment)
        let output = Pipe()
        let error = Pipe()
        process.standardOutput = output
        process.standardError = error
        try process.run()
        let outputText = output.fileHandleForReading.readDataToEndOfFile()
        let errorText = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Command(
            exitCode: process.terminationStatus, output: String(decoding: outputText, as: UTF8.self),
            error: String(decoding: errorText, as: UTF8.self))
    }

    static func prepare(_ arguments: [String], _ environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = fixtures
        process.environment = ["PATH": "/usr/bin:/bin", "COLUMNS": "80"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }
}

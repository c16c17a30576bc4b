import Foundation
import WeirTestSupport

/// What the tests look at of the report.
struct LoadReport: Decodable {
    struct Latency: Decodable {
        var max: Double
    }
    struct Figures: Decodable {
        var due: Int
        var sent: Int
        var answered: [String: Int]
        var good: Int
        var gaveUp: Int
        var gaveUpUnsent: Int
        var refused: Int
        var reset: Int
        var cut: Int
        var retried: Int
        var goodMs: Latency?
    }
    struct Phase: Decodable {
        var all: Figures
    }
    struct Second: Decodable {
        var due: Int
        var good: Int
    }

    var all: Figures
    var paths: [String: Figures]
    var phases: [Phase]
    var series: [Second]
}

let program = ProcessInfo.processInfo.environment["WEIR_LOAD"] ?? Package.path(".build/debug/weir-load")

func load(_ server: KnownServer, _ arguments: String...) throws -> LoadReport {
    try load(server.port, arguments)
}

func load(_ port: UInt16, _ arguments: String...) throws -> LoadReport {
    try load(port, arguments)
}

private func load(_ port: UInt16, _ arguments: [String]) throws -> LoadReport {
    let command = try Command([program, "http://127.0.0.1:\(port)"] + arguments)
    let status = try command.finish(within: 30)
    guard status == 0 else { throw TestFailure("weir-load ended with \(status): \(command.output)") }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(LoadReport.self, from: Data(command.output.utf8))
}
